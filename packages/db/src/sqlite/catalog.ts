import { sql } from 'kysely';

import type { Catalog } from '../catalog.ts';

/** https://www.sqlite.org/autoinc.html says how the table of last numbers may be written. */
export const catalog: Catalog = {
  async hasTable(db, name) {
    const found = await sql`select 1 from sqlite_schema where name = ${name}`.execute(db);
    return found.rows.length > 0;
  },

  async lastNumbers(db) {
    const { rows } = await sql<{ name: string; seq: number }>`
      select name, seq from sqlite_sequence`.execute(db);
    const last = new Map(rows.map(({ name, seq }) => [name, seq]));
    return { seq: last.get('orders') ?? 0, run: last.get('event_runs') ?? 0 };
  },

  async continueAfter(db, { seq, run }) {
    await sql`delete from sqlite_sequence where name in ('orders', 'event_runs')`.execute(db);
    await sql`insert into sqlite_sequence (name, seq)
      values ('orders', ${seq}), ('event_runs', ${run})`.execute(db);
  },

  // Here an index has them.
  async recountClaims() {},
  findMiscounted: async () => [],
};
