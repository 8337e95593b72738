import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tables, the partial indexes of the queue, and counters that begin at nothing. */
export const orders: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  // Every claim and settlement rewrites the row: item_ids, which may be long, stands last, so
  // that reading a status never walks its overflow pages.
  `create table orders (
    seq integer primary key autoincrement,
    order_id text not null unique,
    user_id text not null,
    total_minor integer not null,
    currency text not null,
    status text not null
      check (status in ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    attempt integer not null default 0,
    attempts_unspent integer not null default 0,
    crashes integer not null default 0,
    claimed_alone integer not null default 0,
    not_before integer,
    claimed_by text check ((claimed_by is not null) = (status = 'PROCESSING')),
    placed_at integer not null,
    started_at integer,
    finished_at integer
      check ((finished_at is not null) = (status in ('COMPLETED', 'FAILED', 'CANCELLED'))),
    last_error text,
    request_id text not null,
    item_ids text not null
  ) strict`,

  // Each serves one query of the queue and holds only the rows that query can want, so its
  // price does not grow with the orders that have ended.
  `create index orders_claimable on orders (seq)
    where status = 'PENDING' and not_before is null`,
  `create index orders_suspect on orders (seq)
    where status = 'PENDING' and not_before is null and crashes > 0`,
  `create index orders_retrying on orders (not_before)
    where status = 'PENDING' and not_before is not null`,
  `create index orders_held on orders (claimed_by) where status = 'PROCESSING'`,

  `create table order_events (
    id integer primary key autoincrement,
    seq integer not null,
    type text not null,
    at integer not null,
    attempt integer not null,
    worker text,
    detail text
  ) strict`,
  'create index order_events_seq on order_events (seq)',
  `create trigger order_events_are_final before update on order_events
    begin select raise(abort, 'order_events is append-only'); end`,

  `create table order_counts (
    status text primary key,
    orders integer not null check (orders >= 0)
  ) strict, without rowid`,
  `insert into order_counts (status, orders)
    values ('PENDING', 0), ('PROCESSING', 0), ('COMPLETED', 0), ('FAILED', 0), ('CANCELLED', 0)`,

  `create table order_durations (
    kind text not null,
    bucket integer not null,
    orders integer not null,
    total_ms integer not null,
    primary key (kind, bucket)
  ) strict, without rowid`,

  `create table workers (
    worker text primary key,
    started_at integer not null,
    alive_until integer not null,
    lease_ms integer not null
  ) strict, without rowid`,
];
