import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is kept of orders that were pruned: their ids, and how many there were. */
export const pruned: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'create table pruned_orders (order_id text primary key) strict, without rowid',

  `create table pruned_counts (
    status text not null check (status in ('COMPLETED', 'FAILED', 'CANCELLED')),
    slot integer not null,
    orders integer not null,
    primary key (status, slot)
  ) strict, without rowid`,
];
