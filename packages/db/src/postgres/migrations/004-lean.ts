import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { recountClaims } from '../held-blocks.ts';

/**
 * A table of orders of which a claim writes no index.
 *
 * An update that touches a column of any index, or of its condition, writes a new entry into every
 * index that the row is in, and the status stood in most conditions. Now no index has a column, or a
 * condition on one, that a claim changes: the new version of the row needs no entry in any of them,
 * if there is room for it on the page (https://www.postgresql.org/docs/current/storage-hot.html). What
 * tells ended orders apart is therefore a column of its own, which says nothing until the end.
 */
export const lean: Migration = {
  // biome-ignore lint/suspicious/noExplicitAny: the schema is that of the code only at the end
  async up(db: Kysely<any>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
    await recountClaims(db);
  },
};

const statements = [
  ...['claimable', 'suspect', 'retrying', 'held', 'cancelling', 'completed', 'failed', 'cancelled']
    .concat('unfulfilled_by_user')
    .map((name) => `drop index orders_${name}`),
  // One, which compares less than the three before it. These had names of the server's making.
  `do $$ declare
      name text;
    begin
      for name in select conname from pg_constraint
        where conrelid = 'orders'::regclass and contype = 'c' loop
        execute format('alter table orders drop constraint %I', name);
      end loop;
    end $$`,
  `alter table orders
    add column ended_as text collate "C"
      generated always as (case when finished_at is not null then status end) stored,
    add check (case status
      when 'PENDING' then claimed_by is null and finished_at is null
      when 'PROCESSING' then claimed_by is not null and finished_at is null
      else status in ('COMPLETED', 'FAILED', 'CANCELLED')
        and claimed_by is null and finished_at is not null end),
    set (fillfactor = 45)`,

  // Each serves one query of the queue, or few. What is in hand is in that of what can be claimed,
  // too: claims begin behind most of it (see inTheQueue), and step over the rest.
  `create index orders_claimable on orders (seq)
    where finished_at is null and not_before is null`,
  `create index orders_suspect on orders (seq)
    where finished_at is null and not_before is null and crashes > 0`,
  'create index orders_retrying on orders (not_before) where not_before is not null',
  `create index orders_cancelling on orders (seq)
    where finished_at is null and cancel_requested_at is not null`,
  `create index orders_completed on orders (placed_at, seq) where ended_as = 'COMPLETED'`,
  `create index orders_failed on orders (placed_at, seq) where ended_as = 'FAILED'`,
  `create index orders_cancelled on orders (placed_at, seq) where ended_as = 'CANCELLED'`,
  `create index orders_unfulfilled_by_user on orders (user_id, ended_as, placed_at, seq)
    where ended_as <> 'COMPLETED'`,

  // How many orders a worker holds in each block of 1,024 seqs: says where to look for those in hand,
  // which no index does. Only transactions that end or take this worker's claims write its rows.
  `create table held_blocks (
    worker text collate "C" not null,
    block bigint not null,
    orders bigint not null,
    primary key (worker, block)
  ) with (fillfactor = 50)`,
  // What happened to an order with a worker's name to it has taken it into the worker's hands or out
  // of them, but for the wish to cancel it.
  `create function count_held() returns trigger language plpgsql as $$
    begin
      merge into held_blocks as held
      using (
        select worker, seq / 1024 as block,
          sum(case type when 'started' then orders else -orders end) as orders
        from noted where worker is not null and type <> 'cancel_requested'
        group by 1, 2) as moved
      on held.worker = moved.worker and held.block = moved.block
      when matched and held.orders + moved.orders = 0 then delete
      when matched then update set orders = held.orders + moved.orders
      when not matched and moved.orders <> 0 then
        insert (worker, block, orders) values (moved.worker, moved.block, moved.orders);
      return null;
    end $$`,
  `create trigger event_runs_count_held after insert on event_runs
    referencing new table as noted
    for each statement execute function count_held()`,
];
