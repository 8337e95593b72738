import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Indexes to list orders by, the places in the queue, and ends that only count up. */
export const find: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  // One for each question that find.ts asks. No column or condition of theirs changes when an order
  // is claimed, so a claim writes none of them. And none fits a query of the queue: those say
  // "status = 'PENDING'" and never "finished_at", so the planner cannot be tempted away from
  // orders_claimable. By user only what is written once: an index in no order of time dirties a
  // page an order, and two more of them, of open and of completed orders, halved the speed of
  // claiming and settling by hundreds.
  'create index orders_open on orders (placed_at) where finished_at is null',
  `create index orders_completed on orders (placed_at) where status = 'COMPLETED'`,
  `create index orders_failed on orders (placed_at) where status = 'FAILED'`,
  `create index orders_cancelled on orders (placed_at) where status = 'CANCELLED'`,
  'create index orders_by_user on orders (user_id, placed_at)',
  `create index orders_unfulfilled_by_user on orders (user_id, status, placed_at)
    where finished_at is not null and status <> 'COMPLETED'`,

  // How many claimable orders stand in each block of 1,024 seqs; blocks without any have no row.
  // Triggers, because an order becomes claimable or ceases to be so with and without a transition
  // (a retry that is due has none), and because no statement can forget them.
  `create table queue_blocks (
    block integer primary key,
    orders integer not null check (orders >= 0)
  ) strict`,
  `insert into queue_blocks (block, orders)
    select seq >> 10, count(*) from orders
    where status = 'PENDING' and not_before is null group by seq >> 10`,
  `create trigger queue_joined_by_new after insert on orders
    when new.status = 'PENDING' and new.not_before is null
    begin
      insert into queue_blocks (block, orders) values (new.seq >> 10, 1)
        on conflict (block) do update set orders = orders + 1;
    end`,
  `create trigger queue_joined after update of status, not_before on orders
    when (new.status = 'PENDING' and new.not_before is null)
      and not (old.status = 'PENDING' and old.not_before is null)
    begin
      insert into queue_blocks (block, orders) values (new.seq >> 10, 1)
        on conflict (block) do update set orders = orders + 1;
    end`,
  `create trigger queue_left after update of status, not_before on orders
    when (old.status = 'PENDING' and old.not_before is null)
      and not (new.status = 'PENDING' and new.not_before is null)
    begin update queue_blocks set orders = orders - 1 where block = old.seq >> 10; end`,
  `create trigger queue_left_by_deleted after delete on orders
    when old.status = 'PENDING' and old.not_before is null
    begin update queue_blocks set orders = orders - 1 where block = old.seq >> 10; end`,
  `create trigger queue_block_empty after update on queue_blocks when new.orders = 0
    begin delete from queue_blocks where block = new.block; end`,

  // Only grows, unlike order_counts: what failed or was cancelled may be tried again.
  `create table order_ends (
    status text primary key check (status in ('FAILED', 'CANCELLED')),
    orders integer not null
  ) strict, without rowid`,
  `insert into order_ends (status, orders)
    select status, orders from order_counts where status in ('FAILED', 'CANCELLED')`,
];
