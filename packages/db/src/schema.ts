import type { ColumnType, Generated } from 'kysely';

/** An order's standing, as stored; the text that clients see is the contract's. */
export type OrderStatus = 'PENDING' | 'PROCESSING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** How an order can have ended. */
export type EndStatus = 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** What can happen to an order. Each is one row of `order_events`, in the transaction that made it so. */
export type TransitionType =
  | 'placed'
  | 'started'
  | 'completed'
  | 'failed'
  | 'attempt_failed'
  | 'released'
  | 'interrupted'
  /** The worker that holds it is to give up; it is PROCESSING still. */
  | 'cancel_requested'
  | 'cancelled'
  | 'retried';

/** Times are milliseconds since 1970-01-01 UTC, money is integer minor units of `currency`. */
export interface OrdersTable {
  /** Arrival order: given at acceptance, grows, never used twice. */
  seq: Generated<number>;
  order_id: string;
  user_id: string;
  total_minor: number;
  currency: string;
  status: OrderStatus;
  /** Claims so far. Only grows: together with `claimed_by` it names one claim for ever. */
  attempt: Generated<number>;
  /** Claims that do not count as attempts: handed back, or interrupted with others in hand. */
  attempts_unspent: Generated<number>;
  /** How often in a row a process died with this order and others in hand; see claim.ts. */
  crashes: Generated<number>;
  /** 1 while the present claim is the only one its worker holds, by construction. */
  claimed_alone: Generated<number>;
  /** Set while a retry waits for its time, else null. */
  not_before: number | null;
  /** The worker that holds the order while it is PROCESSING, else null. */
  claimed_by: string | null;
  placed_at: number;
  /** Start of the present or last attempt; null while PENDING. */
  started_at: number | null;
  /** Entry into COMPLETED, FAILED or CANCELLED, else null. */
  finished_at: number | null;
  last_error: string | null;
  request_id: string;
  /** Comma-joined, as accepted. */
  item_ids: string;
  /** When cancelling was first asked for, else null; what a later retry takes back. */
  cancel_requested_at: number | null;
}

/**
 * What happened in one transaction to orders that follow each other; see event-runs.ts.
 * Append-only: a trigger refuses updates, and a run goes only with the last of its orders, when
 * that is pruned. On SQLite the last may be one of no order: see isOfOrders in event-runs.ts.
 */
export interface EventRunsTable {
  run: Generated<number>;
  /** The first of the orders. */
  seq: number;
  /** How many there are, seq by seq. */
  orders: number;
  type: TransitionType;
  at: number;
  attempt: number;
  worker: string | null;
  detail: string | null;
}

/** A view of `event_runs`, one row an event: the history of an order and the feed of all orders. */
export interface OrderEventsView {
  id: ColumnType<number, never, never>;
  seq: ColumnType<number, never, never>;
  type: ColumnType<TransitionType, never, never>;
  at: ColumnType<number, never, never>;
  attempt: ColumnType<number, never, never>;
  worker: ColumnType<string | null, never, never>;
  detail: ColumnType<string | null, never, never>;
}

/**
 * - `now …`: orders that stand in this status.
 * - `ended …`: how often orders have failed for good or been cancelled; only grows, whatever is
 *   tried again.
 * - `lasted …`: logarithmic histograms of times, with exact sums; see histogram.ts. Only grow.
 * - `pruned …`: orders that were pruned, by how they had ended.
 * - `queue`: orders that can be claimed, in each 1,024 seqs; see queue-blocks.ts. The one of which
 *   there may be many, and so the last in the order of the table.
 */
export type Counter =
  | `now ${OrderStatus}`
  | `ended ${'FAILED' | 'CANCELLED'}`
  | `lasted ${'processing' | 'waiting'}`
  | `pruned ${EndStatus}`
  | 'queue';

/**
 * What is counted: each counter is the sum over all slots. Kept by the transactions that change it,
 * each in the slot that it has to itself, so that they do not wait for each other. In one table, since
 * nearly every transaction changes several, and writes one page of them so.
 */
export interface CountersTable {
  counter: Counter;
  /** The bucket of a histogram, or the block of the queue: seq / 1024, rounded down. Else 0. */
  part: number;
  slot: number;
  orders: number;
  /** Of a histogram's times, else 0. */
  total_ms: number;
}

/** One row a live worker. Its lease is the lease of every order that it holds. */
export interface WorkersTable {
  worker: string;
  started_at: number;
  alive_until: number;
  lease_ms: number;
}

/** The ids of orders that were pruned: none is accepted again. */
export interface PrunedOrdersTable {
  order_id: string;
}

/** One row a request that was sent with an Idempotency-Key and placed an order. */
export interface IdempotencyKeysTable {
  key: string;
  fingerprint: string;
  created_at: number;
}

export interface Schema {
  orders: OrdersTable;
  event_runs: EventRunsTable;
  order_events: OrderEventsView;
  counters: CountersTable;
  workers: WorkersTable;
  idempotency_keys: IdempotencyKeysTable;
  pruned_orders: PrunedOrdersTable;
}
