import type { Kysely } from 'kysely';

import { type Database, read } from './database.ts';
import type { Schema, TransitionType } from './schema.ts';

/** One thing that happened to an order. */
export interface OrderEvent {
  /** Grows from event to event, over all orders. */
  readonly id: number;
  readonly type: TransitionType;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  /** Which claim of the order it belongs to, counted from 1; 0 before the first. */
  readonly attempt: number;
  readonly worker: string | null;
  /** An error's message, the reason for a cancel, or null. */
  readonly detail: string | null;
}

/** Everything that ever happened to the order, oldest first; empty for an unknown one. */
export function readHistory(database: Database, orderId: string): Promise<OrderEvent[]> {
  return read(database, (snapshot) => historyOf(snapshot, orderId).execute());
}

export function historyOf(snapshot: Kysely<Schema>, orderId: string) {
  return snapshot
    .selectFrom('order_events')
    .select(['id', 'type', 'at', 'attempt', 'worker', 'detail'])
    .where('seq', '=', (order) =>
      order.selectFrom('orders').select('seq').where('order_id', '=', orderId),
    )
    .orderBy('id');
}
