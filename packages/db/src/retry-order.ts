import { type Selectable, sql } from 'kysely';

import { type Database, write } from './database.ts';
import { findRow, holdRow, type Order, toOrder, visibleTo } from './orders.ts';
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
 * @param ofUser - where given, an order of somebody else is as unknown as one that never was
 * @throws DatabaseUnavailable when nothing was changed
 */
export function retryOrder(
  database: Database,
  orderId: string,
  ofUser?: string,
): Promise<RetryByRequest> {
  return write(database, async (writing) => {
    const found = visibleTo(ofUser, await findRow(writing.trx, orderId));
    const row = found && canReopen(found) ? await holdRow(writing, orderId) : found;
    if (row === undefined) return { outcome: 'unknown' };
    if (!canReopen(row)) return { outcome: 'refused', order: toOrder(row) };
    return { outcome: 'retried', order: toOrder(await reopen(writing, row)) };
  });
}

function canReopen({ status }: Selectable<OrdersTable>): boolean {
  return status === 'FAILED' || status === 'CANCELLED';
}

async function reopen(
  writing: Writing,
  { seq, attempt, status: from }: Selectable<OrdersTable>,
): Promise<Selectable<OrdersTable>> {
  // "attempt" is what tells one claim from another, and so it only grows.
  const { rows } = await sql<Selectable<OrdersTable>>`
    update orders set status = 'PENDING', attempts_unspent = attempt, crashes = 0,
      started_at = null, finished_at = null, cancel_requested_at = null
    where seq = ${seq}
    returning *
  `.execute(writing.trx);
  const transition = { seq, type: 'retried', from, to: 'PENDING', attempt } as const;
  writing.transitions.push({ ...transition, worker: null, detail: null });
  joinQueue(writing, seq);
  return rows[0] as Selectable<OrdersTable>;
}
