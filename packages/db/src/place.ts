import { sql } from 'kysely';

import { type Database, write } from './database.ts';
import { type IdempotencyKey, type Refusal, releaseKeys, takeKeys } from './keys.ts';
import { joinQueue } from './queue-blocks.ts';
import { rowsOf, statement } from './statement.ts';
import type { Writing } from './writing.ts';

/** An order as a shop sends it, checked against the contract. */
export interface NewOrder {
  readonly orderId: string;
  readonly userId: string;
  /** Comma-joined. */
  readonly itemIds: string;
  /** Integer, in minor units of `currency`. */
  readonly totalMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  /** The request that brought it; stands in every log line about the order. */
  readonly requestId: string;
  /** Whoever asks for the same under the same key again learns that it was placed. */
  readonly idempotency?: IdempotencyKey;
}

/**
 * `duplicate`: the order id had been accepted before, and nothing was changed. Or nothing was
 * changed because of the order's key.
 */
export type Placement = 'placed' | 'duplicate' | Refusal;

/**
 * Accepts orders, in the order given, all in one transaction with one fsync. An `orderId` is
 * accepted once, ever, whoever else places it at the same moment; of two with the same id in
 * `orders` the first is taken. That it was pruned meanwhile changes nothing.
 *
 * The key of an order that is placed is spent in the same transaction and known for a day at
 * least; that of a duplicate is not spent. Orders without a key cost nothing more.
 *
 * @returns for each order, in the order given, what became of it; it is on the disk by then
 * @throws DatabaseUnavailable when nothing was placed, or, should the commit itself have failed at
 *   the disk, all or nothing was: placing them again tells
 */
export function placeOrders(database: Database, orders: readonly NewOrder[]): Promise<Placement[]> {
  return write(database, async (writing) => {
    const refusals = await takeKeys(writing, orders);
    const wanted = refusals.size === 0 ? orders : orders.filter((order) => !refusals.has(order));
    const outcomes = await insertOrders(writing, wanted);
    await releaseKeys(
      writing,
      wanted.filter((_, i) => outcomes[i] === 'duplicate'),
    );
    const inOrder = outcomes.values();
    return orders.map((order) => refusals.get(order) ?? (inOrder.next().value as Placement));
  });
}

/**
 * Inserts those orders whose id is new, with their history and counters; keys are not looked at.
 *
 * @returns for each order, in the order given, what became of it
 */
export async function insertOrders(
  writing: Writing,
  orders: readonly NewOrder[],
): Promise<('placed' | 'duplicate')[]> {
  const inserted = await insertNew(writing, { now: writing.now, orders });
  // What "returning" returns comes in no order that one may rely on.
  const placed = inserted.rows.toSorted((a, b) => a.seq - b.seq);
  for (const { seq } of placed) {
    writing.transitions.push({ seq, ...asPlaced });
    joinQueue(writing, seq);
  }
  const created = new Set(placed.map((row) => row.order_id));
  // A second order with the same id among these finds it taken away.
  return orders.map(({ orderId }) => (created.delete(orderId) ? 'placed' : 'duplicate'));
}

const columns = {
  orderId: 'text',
  userId: 'text',
  itemIds: 'text',
  totalMinor: 'integer',
  currency: 'text',
  requestId: 'text',
} as const;

// Compared by a query for each row, which always goes by the key: of a join PostgreSQL may think
// that it is better to read all ids.
const insertNew = statement(
  { now: 'integer', orders: rowsOf(columns) },
  ({ now, orders }) => sql<{ seq: number; order_id: string }>`
    insert into orders
      (order_id, user_id, item_ids, total_minor, currency, status, placed_at, request_id)
    select "orderId", "userId", "itemIds", "totalMinor", "currency", 'PENDING', ${now},
      "requestId"
    from ${orders} as placed
    where (select 1 from pruned_orders where pruned_orders.order_id = placed."orderId") is null
    on conflict (order_id) do nothing
    returning seq, order_id`,
);

const asPlaced = {
  type: 'placed',
  from: null,
  to: 'PENDING',
  attempt: 0,
  worker: null,
  detail: null,
} as const;
