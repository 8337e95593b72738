import { type RawBuilder, sql } from 'kysely';

import type { IdempotencyKey } from './keys.ts';

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

export const newOrderColumns = {
  orderId: 'text',
  userId: 'text',
  itemIds: 'text',
  totalMinor: 'integer',
  currency: 'text',
  requestId: 'text',
} as const;

/** What is noted of an order that is new; see transitions.ts. */
export const asPlaced = {
  type: 'placed',
  from: null,
  to: 'PENDING',
  attempt: 0,
  worker: null,
  detail: null,
} as const;

interface Given {
  readonly now: RawBuilder<unknown>;
  readonly orders: RawBuilder<unknown>;
}

// Compared by a query for each row, which always goes by the key: of a join PostgreSQL may think
// that it is better to read all ids.
export const insertNew = ({ now, orders }: Given) => sql<{ seq: number; order_id: string }>`
  insert into orders
    (order_id, user_id, item_ids, total_minor, currency, status, placed_at, request_id)
  select "orderId", "userId", "itemIds", "totalMinor", "currency", 'PENDING', ${now},
    "requestId"
  from ${orders} as placed
  where (select 1 from pruned_orders where pruned_orders.order_id = placed."orderId") is null
  on conflict (order_id) do nothing
  returning seq, order_id`;
