import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** All counters in one table: one statement, and so one index and one table, for those that change. */
export const counters: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  // Whoever writes meanwhile, by the version before, comes before all this, or finds the tables gone.
  `lock table order_counts, order_ends, order_durations, pruned_counts, queue_blocks
    in access exclusive mode`,
  // Half-empty pages keep the new version of a row beside the old one, where it needs no new entry in
  // the index.
  `create table counters (
    counter text collate "C" not null,
    part bigint not null,
    slot integer not null,
    orders bigint not null,
    total_ms bigint not null,
    primary key (counter, part, slot)
  ) with (fillfactor = 25)`,
  `insert into counters (counter, part, slot, orders, total_ms)
    select 'now ' || status, 0, slot, orders, 0 from order_counts where orders <> 0
    union all select 'ended ' || status, 0, slot, orders, 0 from order_ends where orders <> 0
    union all select 'lasted ' || kind, bucket, slot, orders, total_ms from order_durations
    union all select 'pruned ' || status, 0, slot, orders, 0 from pruned_counts
    union all select 'queue', block, slot, orders, 0 from queue_blocks`,
  'drop table order_counts, order_ends, order_durations, pruned_counts, queue_blocks',
];
