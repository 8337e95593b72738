import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The number of a counter's row, as on databases where several write at once and each needs rows
 * of its own. Here one row is enough: its number is 0.
 */
export const slots: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'alter table order_counts rename to order_counts_before',
  `create table order_counts (
    status text not null,
    slot integer not null,
    orders integer not null check (orders >= 0),
    primary key (status, slot)
  ) strict, without rowid`,
  `insert into order_counts (status, slot, orders)
    select status, 0, orders from order_counts_before`,
  'drop table order_counts_before',

  'alter table order_ends rename to order_ends_before',
  `create table order_ends (
    status text not null check (status in ('FAILED', 'CANCELLED')),
    slot integer not null,
    orders integer not null,
    primary key (status, slot)
  ) strict, without rowid`,
  'insert into order_ends (status, slot, orders) select status, 0, orders from order_ends_before',
  'drop table order_ends_before',

  'alter table order_durations rename to order_durations_before',
  `create table order_durations (
    kind text not null,
    bucket integer not null,
    slot integer not null,
    orders integer not null,
    total_ms integer not null,
    primary key (kind, bucket, slot)
  ) strict, without rowid`,
  `insert into order_durations (kind, bucket, slot, orders, total_ms)
    select kind, bucket, 0, orders, total_ms from order_durations_before`,
  'drop table order_durations_before',

  'alter table queue_blocks rename to queue_blocks_before',
  `create table queue_blocks (
    block integer not null,
    slot integer not null,
    orders integer not null,
    primary key (block, slot)
  ) strict, without rowid`,
  'insert into queue_blocks (block, slot, orders) select block, 0, orders from queue_blocks_before',
  'drop table queue_blocks_before',
];
