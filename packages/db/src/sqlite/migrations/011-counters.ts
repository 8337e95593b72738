import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** All counters in one table: those that a transaction changes stand on one page, or two. */
export const counters: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table counters (
    counter text not null,
    part integer not null,
    slot integer not null,
    orders integer not null,
    total_ms integer not null,
    primary key (counter, part, slot)
  ) strict, without rowid`,
  `insert into counters (counter, part, slot, orders, total_ms)
    select 'now ' || status, 0, slot, orders, 0 from order_counts where orders <> 0
    union all select 'ended ' || status, 0, slot, orders, 0 from order_ends where orders <> 0
    union all select 'lasted ' || kind, bucket, slot, orders, total_ms from order_durations
    union all select 'pruned ' || status, 0, slot, orders, 0 from pruned_counts
    union all select 'queue', block, slot, orders, 0 from queue_blocks`,
  // What is counted is never below nothing. Not a CHECK: that looks at what is to be inserted, also
  // where it is added to a row that is there.
  ...['insert', 'update'].map(
    (change) => `create trigger counters_${change} after ${change} on counters when new.orders < 0
      begin select raise(abort, 'a counter would be below nothing'); end`,
  ),
  ...['order_counts', 'order_ends', 'order_durations', 'pruned_counts', 'queue_blocks'].map(
    (table) => `drop table ${table}`,
  ),
];
