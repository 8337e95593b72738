import { sql } from 'kysely';

import type { Catalog, LastNumbers } from '../catalog.ts';

/** https://www.sqlite.org/autoinc.html says how the table of orders' last number may be written. */
export const catalog: Catalog = {
  async hasTable(db, name) {
    const found = await sql`select 1 from sqlite_schema where name = ${name}`.execute(db);
    return found.rows.length > 0;
  },

  async lastNumbers(db) {
    const { rows } = await sql<LastNumbers>`
      select coalesce((select seq from sqlite_sequence where name = 'orders'), 0) as seq,
        coalesce((select max(run) from event_runs), 0) as run`.execute(db);
    return rows[0] as LastNumbers;
  },

  async continueAfter(db, { seq, run }) {
    await sql`delete from sqlite_sequence where name = 'orders'`.execute(db);
    await sql`insert into sqlite_sequence (name, seq) values ('orders', ${seq})`.execute(db);
    // A run of no order: see 012-run-numbers.ts.
    await sql`insert into event_runs (run, seq, orders, type, at, attempt)
      select ${run}, 0, 0, 'placed', 0, 0
      where ${run} > coalesce((select max(run) from event_runs), 0)`.execute(db);
  },

  // Here an index has them.
  async recountClaims() {},
  findMiscounted: async () => [],
};
