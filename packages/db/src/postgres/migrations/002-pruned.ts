import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What is kept of orders that were pruned: their ids, and how many there were. */
export const pruned: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'create table pruned_orders (order_id text collate "C" primary key)',

  `create table pruned_counts (
    status text collate "C" not null check (status in ('COMPLETED', 'FAILED', 'CANCELLED')),
    slot integer not null,
    orders bigint not null,
    primary key (status, slot)
  )`,

  // Whoever places an id while its order is being pruned has looked among the pruned ones before,
  // waits for that transaction to end, and then finds the id free. A statement that begins now
  // sees what was committed meanwhile; the whole is undone and done again (see isConflict).
  `create function refuse_pruned() returns trigger language plpgsql as $$
    begin
      if exists (select 1 from placed where
          (select true from pruned_orders where pruned_orders.order_id = placed.order_id)) then
        raise exception 'an order with this id was pruned meanwhile' using errcode = '40001';
      end if;
      return null;
    end $$`,
  `create trigger orders_refuse_pruned after insert on orders
    referencing new table as placed
    for each statement execute function refuse_pruned()`,
];
