import { sql } from 'kysely';

import { type Database, look, write, writeAtOnce } from './database.ts';
import { type Refusal, releaseKeys, takeKeys } from './keys.ts';
import { asPlaced, insertNew, type NewOrder, newOrderColumns } from './new-order.ts';
import { joinQueue } from './queue-blocks.ts';
import { rowsOf, statement } from './statement.ts';
import type { Writing } from './writing.ts';

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
 *   the disk or its answer been lost, all or nothing was: placing them again tells
 */
export function placeOrders(database: Database, orders: readonly NewOrder[]): Promise<Placement[]> {
  const { placeAtOnce } = database;
  return placeAtOnce !== null && areWithoutKeys(orders)
    ? writeAtOnce(database, async (news) => {
        // Before the answer, which may be lost on its way.
        news.add('events').add('work');
        return outcomesOf(orders, await placeAtOnce(database, orders));
      })
    : placeInTurns(database, orders);
}

/**
 * What `placeOrders` says of an order that it does not place, told by looking alone.
 *
 * @returns undefined when nothing known by now stands in its way
 * @throws DatabaseUnavailable
 */
export function findRefusal(
  database: Database,
  { orderId, idempotency }: NewOrder,
): Promise<Exclude<Placement, 'placed'> | undefined> {
  return look(database, async (reader) => {
    const { rows } = await sql<{ fingerprint: string | null }>`
      select fingerprint from idempotency_keys where key = ${idempotency?.key ?? null}
      union all select null from orders where order_id = ${orderId}
      union all select null from pruned_orders where order_id = ${orderId}
    `.execute(reader);
    const known = rows.find(({ fingerprint }) => fingerprint !== null);
    if (known) return known.fingerprint === idempotency?.fingerprint ? 'replayed' : 'key-reused';
    return rows.length > 0 ? 'duplicate' : undefined;
  });
}

/** Whether these orders are sent behind those that are not answered yet, and placed after them. */
export function areSentAhead({ placeAtOnce }: Database, orders: readonly NewOrder[]): boolean {
  return placeAtOnce !== null && areWithoutKeys(orders);
}

/** Keys are looked up in a statement of their own. */
function areWithoutKeys(orders: readonly NewOrder[]): boolean {
  return orders.every(({ idempotency }) => idempotency === undefined);
}

function placeInTurns(database: Database, orders: readonly NewOrder[]): Promise<Placement[]> {
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
  const inserted = await insert(writing, { now: writing.now, orders });
  // What "returning" returns comes in no order that one may rely on.
  const placed = inserted.rows.toSorted((a, b) => a.seq - b.seq);
  for (const { seq } of placed) {
    writing.transitions.push({ seq, ...asPlaced });
    joinQueue(writing, seq);
  }
  return outcomesOf(
    orders,
    placed.map((row) => row.order_id),
  );
}

function outcomesOf(orders: readonly NewOrder[], placed: readonly string[]) {
  const created = new Set(placed);
  // A second order with the same id among these finds it taken away.
  return orders.map(({ orderId }) => (created.delete(orderId) ? 'placed' : 'duplicate'));
}

const insert = statement({ now: 'integer', orders: rowsOf(newOrderColumns) }, insertNew);
