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
        (select case when is_called then last_value else 0 end from order_events_id_seq) as event
    `.execute(db);
    return rows[0] as LastNumbers;
  },

  async continueAfter(db, { seq, event }) {
    await sql`
      select setval('orders_seq_seq', greatest(${seq}::bigint, 1), ${seq > 0}),
        setval('order_events_id_seq', greatest(${event}::bigint, 1), ${event > 0})`.execute(db);
  },

  recountClaims,
  findMiscounted,
};
