import { type Kysely, type Selectable, sql } from 'kysely';

import type { Database } from './database.ts';
import { read } from './database.ts';
import type { OrderStatus, OrdersTable, Schema } from './schema.ts';
import type { Writing } from './writing.ts';

/** An order as it stands. Times are milliseconds since 1970-01-01 UTC. */
export interface Order {
  readonly seq: number;
  readonly orderId: string;
  readonly userId: string;
  /** Comma-joined, as accepted. */
  readonly itemIds: string;
  readonly totalMinor: number;
  readonly currency: string;
  readonly status: OrderStatus;
  /** Attempts spent since it was placed or retried by request, the running one included. */
  readonly attempts: number;
  readonly placedAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** When a failed attempt is made again; null unless the order waits for that. */
  readonly notBefore: number | null;
  /** When cancelling was first asked for; null when it was not, or the order was retried since. */
  readonly cancelRequestedAt: number | null;
  /** What the last failed attempt said; stays after a later one has succeeded. */
  readonly lastError: string | null;
  readonly requestId: string;
}

/** The order with this id, as last committed; undefined when there is none. */
export async function findOrder(database: Database, orderId: string): Promise<Order | undefined> {
  const row = await read(database, (snapshot) => findRow(snapshot, orderId));
  return row && toOrder(row);
}

export function findRow(
  snapshot: Kysely<Schema>,
  orderId: string,
): Promise<Selectable<OrdersTable> | undefined> {
  return snapshot
    .selectFrom('orders')
    .selectAll()
    .where('order_id', '=', orderId)
    .executeTakeFirst();
}

/** The order, unless it is somebody else's than the user's; without a user, whosever it is. */
export function visibleTo(
  user: string | undefined,
  row: Selectable<OrdersTable> | undefined,
): Selectable<OrdersTable> | undefined {
  return user === undefined || row?.user_id === user ? row : undefined;
}

/**
 * The order as last committed, and until the transaction ends nobody else changes it: claims pass it
 * over, so it is held by whoever is about to change it only.
 *
 * @param ofUser - where given, an order of somebody else is not found, and not held
 */
export async function holdRow(
  { trx, phrases }: Writing,
  orderId: string,
  ofUser?: string,
): Promise<Selectable<OrdersTable> | undefined> {
  const { rows } = await sql<Selectable<OrdersTable>>`
    select * from orders
    where order_id = ${orderId} and user_id = coalesce(${ofUser ?? null}, user_id)
    ${phrases.locks.wait}
  `.execute(trx);
  return rows[0];
}

export function toOrder(row: Selectable<OrdersTable>): Order {
  return {
    seq: row.seq,
    orderId: row.order_id,
    userId: row.user_id,
    itemIds: row.item_ids,
    totalMinor: row.total_minor,
    currency: row.currency,
    status: row.status,
    attempts: row.attempt - row.attempts_unspent,
    placedAt: row.placed_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    notBefore: row.not_before,
    cancelRequestedAt: row.cancel_requested_at,
    lastError: row.last_error,
    requestId: row.request_id,
  };
}
