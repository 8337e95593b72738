import { type Selectable, sql } from 'kysely';

import { type Database, read, write } from './database.ts';
import { holdRow, type Order, toOrder } from './orders.ts';
import { leaveQueue } from './queue-blocks.ts';
import type { OrdersTable } from './schema.ts';
import type { Writing } from './writing.ts';

/** What became of the wish to cancel an order, with the order as it stands now. */
export type Cancellation =
  | { readonly outcome: 'unknown' }
  /** It is Cancelled, by this call or an earlier one. */
  | { readonly outcome: 'cancelled'; readonly order: Order }
  /** A worker holds it and is to give up; it ends as Cancelled, or as Completed. */
  | { readonly outcome: 'requested'; readonly order: Order }
  /** It is Completed or Failed; nothing was changed. */
  | { readonly outcome: 'ended'; readonly order: Order };

/**
 * Cancels an order that is pending, whatever it waits for, at once; of one that a worker holds,
 * records that cancelling is wanted: from then on it can only end as Cancelled or Completed, and
 * is never pending again (settle.ts). Asked for again, nothing is changed.
 *
 * @param reason - kept in the order's history, with the first request
 * @param ofUser - where given, an order of somebody else is as unknown as one that never was
 * @throws DatabaseUnavailable when nothing was changed
 */
export function cancelOrder(
  database: Database,
  orderId: string,
  reason: string | null,
  ofUser?: string,
): Promise<Cancellation> {
  return write(database, async (writing) => {
    const held = await holdRow(writing, orderId, ofUser);
    if (held === undefined) return { outcome: 'unknown' };
    const row = (await request(writing, held, reason)) ?? held;
    const order = toOrder(row);
    if (row.status === 'CANCELLED') return { outcome: 'cancelled', order };
    return { outcome: row.status === 'PROCESSING' ? 'requested' : 'ended', order };
  });
}

/**
 * The claims of a worker whose order is to be cancelled, as long as they last. Reads one index
 * that holds no other orders.
 *
 * @throws DatabaseUnavailable
 */
export function findCancelRequests(
  database: Database,
  worker: string,
): Promise<{ seq: number; attempt: number }[]> {
  return read(database, async (snapshot) => {
    const { rows } = await sql<{ seq: number; attempt: number }>`
      select seq, attempt from orders
      where status = 'PROCESSING' and finished_at is null and cancel_requested_at is not null
        and claimed_by = ${worker}
    `.execute(snapshot);
    return rows;
  });
}

/** @returns undefined when there was nothing to change */
async function request(
  writing: Writing,
  { seq, status, not_before }: Selectable<OrdersTable>,
  reason: string | null,
): Promise<Selectable<OrdersTable> | undefined> {
  const { trx, now, transitions } = writing;
  const { rows } = await sql<Selectable<OrdersTable>>`
    update orders set
      status = case status when 'PENDING' then 'CANCELLED' else status end,
      finished_at = case status when 'PENDING' then cast(${now} as bigint) end,
      not_before = null,
      cancel_requested_at = ${now}
    where seq = ${seq}
      and (status = 'PENDING' or status = 'PROCESSING' and cancel_requested_at is null)
    returning *
  `.execute(trx);
  const [row] = rows;
  if (row === undefined) return undefined;
  const atOnce = row.status === 'CANCELLED';
  if (status === 'PENDING' && not_before === null) leaveQueue(writing, seq);
  transitions.push({
    ...{ seq: row.seq, attempt: row.attempt, worker: row.claimed_by, detail: reason },
    type: atOnce ? 'cancelled' : 'cancel_requested',
    from: atOnce ? 'PENDING' : 'PROCESSING',
    to: row.status,
  });
  return row;
}
