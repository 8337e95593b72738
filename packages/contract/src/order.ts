import { fromMinor } from './money.ts';
import type { components } from './openapi.gen.ts';

export type OrderAnswer = components['schemas']['Order'];

/** An order as it is kept: money in minor units, times in milliseconds since the epoch. */
export interface StoredOrder {
  orderId: string;
  userId: string;
  itemIds: string;
  totalMinor: number;
  currency: string;
  status: keyof typeof statusNames;
  attempts: number;
  placedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  notBefore: number | null;
  cancelRequestedAt: number | null;
  lastError: string | null;
}

/** Where a pending order stands in the queue; both null for any other. */
export interface StoredPlace {
  position: number | null;
  estimatedStartAt: number | null;
}

export const statusNames = {
  PENDING: 'Pending',
  PROCESSING: 'Processing',
  COMPLETED: 'Completed',
  FAILED: 'Failed',
  CANCELLED: 'Cancelled',
} as const;

/**
 * The order as the contract shows it, in answers and to processors alike.
 *
 * @param place - shown as well where it is given
 */
export function orderAnswer(order: StoredOrder, place?: StoredPlace): OrderAnswer {
  return {
    order_id: order.orderId,
    status: statusNames[order.status],
    user_id: order.userId,
    item_ids: order.itemIds,
    total_amount: fromMinor(order.totalMinor, order.currency),
    currency: order.currency as OrderAnswer['currency'],
    placed_at: isoTime(order.placedAt),
    started_at: isoTimeOrNull(order.startedAt),
    completed_at: order.status === 'COMPLETED' ? isoTimeOrNull(order.finishedAt) : null,
    finished_at: isoTimeOrNull(order.finishedAt),
    attempts: order.attempts,
    next_attempt_at: order.status === 'PENDING' ? isoTimeOrNull(order.notBefore) : null,
    cancel_requested_at: isoTimeOrNull(order.cancelRequestedAt),
    last_error: order.lastError,
    ...(place && {
      queue_position: place.position,
      estimated_start_at: isoTimeOrNull(place.estimatedStartAt),
    }),
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function isoTimeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}
