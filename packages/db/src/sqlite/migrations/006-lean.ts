import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The table of orders made anew, so that changing a row costs less: what a profile of claiming and
 * settling showed.
 *
 * - `in` with more than two values builds a table of them for each row that is checked; `or` does not.
 * - A trigger is a program that is called for each row, also where its condition does not hold.
 *   The counters of the queue are kept by the transactions instead (queue-blocks.ts).
 * - A column that stands behind `item_ids` is read by way of all its overflow pages.
 */
export const lean: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const columns = `seq, order_id, user_id, total_minor, currency, status, attempt, attempts_unspent,
  crashes, claimed_alone, not_before, claimed_by, placed_at, started_at, finished_at,
  cancel_requested_at, last_error, request_id, item_ids`;

const statements = [
  `create table orders_lean (
    seq integer primary key autoincrement,
    order_id text not null unique,
    user_id text not null,
    total_minor integer not null,
    currency text not null,
    status text not null check (status = 'PENDING' or status = 'PROCESSING'
      or status = 'COMPLETED' or status = 'FAILED' or status = 'CANCELLED'),
    attempt integer not null default 0,
    attempts_unspent integer not null default 0,
    crashes integer not null default 0,
    claimed_alone integer not null default 0,
    not_before integer,
    claimed_by text check ((claimed_by is not null) = (status = 'PROCESSING')),
    placed_at integer not null,
    started_at integer,
    finished_at integer check ((finished_at is not null)
      = (status = 'COMPLETED' or status = 'FAILED' or status = 'CANCELLED')),
    cancel_requested_at integer,
    last_error text,
    request_id text not null,
    item_ids text not null
  ) strict`,
  `insert into orders_lean (${columns}) select ${columns} from orders order by seq`,
  'drop table orders',
  'alter table orders_lean rename to orders',

  // As before; see 001-orders, 002-cancel and 004-find.
  `create index orders_claimable on orders (seq)
    where status = 'PENDING' and not_before is null`,
  `create index orders_suspect on orders (seq)
    where status = 'PENDING' and not_before is null and crashes > 0`,
  `create index orders_retrying on orders (not_before)
    where status = 'PENDING' and not_before is not null`,
  `create index orders_held on orders (claimed_by) where status = 'PROCESSING'`,
  `create index orders_cancelling on orders (claimed_by)
    where status = 'PROCESSING' and cancel_requested_at is not null`,
  'create index orders_open on orders (placed_at) where finished_at is null',
  `create index orders_completed on orders (placed_at) where status = 'COMPLETED'`,
  `create index orders_failed on orders (placed_at) where status = 'FAILED'`,
  `create index orders_cancelled on orders (placed_at) where status = 'CANCELLED'`,
  'create index orders_by_user on orders (user_id, placed_at)',
  `create index orders_unfulfilled_by_user on orders (user_id, status, placed_at)
    where finished_at is not null and status <> 'COMPLETED'`,

  'drop trigger queue_block_empty',
];
