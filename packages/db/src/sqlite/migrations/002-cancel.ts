import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** When an order was asked to be cancelled, and an index of those whose worker is to hear of it. */
export const cancel: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'alter table orders add column cancel_requested_at integer',

  `create index orders_cancelling on orders (claimed_by)
    where status = 'PROCESSING' and cancel_requested_at is not null`,
];
