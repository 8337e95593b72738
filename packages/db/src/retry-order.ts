import { type Selectable, sql } from 'kysely';

import { type Database, write } from './database.ts';
import { findRow, type Order, toOrder } from './orders.ts';
import { joinQueue } from './queue-blocks.ts';
import type { OrdersTable } from './schema.ts';
import type { Writing } from './writing.ts';

/** What became of the wish to retry an order, with the order as it stands now. */
export type RetryByRequest =
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'retried'; readonly order: Order }
  /** It is neither Failed nor Cancelled; nothing was changed. */
  | { readonly outcome: 'refused'; readonly order: Order };

/**
 * Makes an order that is Failed or Cancelled pending again, claimable at once, with a fresh set
 * of attempts and free of suspicion (claim.ts). It keeps its `seq`: it is claimed before every
 * order that was accepted after it. Its last error stays, and so does its history.
 *
 * @throws DatabaseUnavailable when nothing was changed
 */
export function retryOrder(database: Database, orderId: string): Promise<RetryByRequest> {
  return write(database, async (writing) => {
    const retried =
      (await reopen(writing, orderId, 'FAILED')) ?? (await reopen(writing, orderId, 'CANCELLED'));
    if (retried !== undefined) return { outcome: 'retried', order: toOrder(retried) };
    const found = await findRow(writing.trx, orderId);
    return found === undefined
      ? { outcome: 'unknown' }
      : { outcome: 'refused', order: toOrder(found) };
  });
}

/** @returns undefined when the order does not stand there */
async function reopen(
  writing: Writing,
  orderId: string,
  from: 'FAILED' | 'CANCELLED',
): Promise<Selectable<OrdersTable> | undefined> {
  // "attempt" is what tells one claim from another, and so it only grows.
  const { rows } = await sql<Selectable<OrdersTable>>`
    update orders set status = 'PENDING', attempts_unspent = attempt, crashes = 0,
      started_at = null, finished_at = null, cancel_requested_at = null
    where order_id = ${orderId} and status = ${from}
    returning *
  `.execute(writing.trx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { seq, attempt } = row;
  const transition = { seq, type: 'retried', from, to: 'PENDING', attempt } as const;
  writing.transitions.push({ ...transition, worker: null, detail: null });
  joinQueue(writing, seq);
  return row;
}
