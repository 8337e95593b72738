import { sql } from 'kysely';

import type { Catalog, LastNumbers } from '../catalog.ts';
import { findMiscounted, recountClaims } from './held-blocks.ts';

export const catalog: Catalog = {
  async hasTable(db, name) {
    const { rows } = await sql<{ there: boolean }>`
      select to_regclass(${name}) is not null as there`.execute(db);
    return rows[0]?.there === true;
  },

  async lastNumbers(db) {
    // A new sequence has a last value, too.
    const { rows } = await sql<LastNumbers>`
      select
        (select case when is_called then last_value else 0 end from orders_seq_seq) as seq,
        (select case when is_called then last_value else 0 end from event_runs_run_seq) as run
    `.execute(db);
    return rows[0] as LastNumbers;
  },

  async continueAfter(db, { seq, run }) {
    await sql`
      select setval('orders_seq_seq', greatest(${seq}::bigint, 1), ${seq > 0}),
        setval('event_runs_run_seq', greatest(${run}::bigint, 1), ${run > 0})`.execute(db);
  },

  recountClaims,
  findMiscounted,
};
