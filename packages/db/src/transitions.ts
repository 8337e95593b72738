import { type RawBuilder, sql } from 'kysely';

import type { Change } from './counters.ts';
import { runsOf } from './event-runs.ts';
import { bucketOf } from './histogram.ts';
import type { Counter, OrderStatus, TransitionType } from './schema.ts';
import { rowsOf } from './statement.ts';
import type { Writing } from './writing.ts';

/**
 * Something that happens to one order: a change of its status, which the same transaction makes
 * in `orders`; or, where `from` is `to`, an event that leaves it and the counters as they are.
 */
export interface Transition {
  readonly seq: number;
  readonly type: TransitionType;
  /** null for an order that is new. */
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  /** Which attempt it belongs to; 0 before the first. */
  readonly attempt: number;
  readonly worker: string | null;
  /** Why, where there is more to say: an error's message, the reason for a cancel. */
  readonly detail: string | null;
  /** Time that becomes known by it and goes into the histograms, in milliseconds. */
  readonly duration?: { readonly kind: 'waiting' | 'processing'; readonly ms: number } | undefined;
}

/** The rows of history that a transaction's transitions make. */
export function newRuns({ transitions }: Writing) {
  return runsOf(transitions, areAlike);
}

/** Whether workers may have something to do about it. */
export function isWork({ type, to }: Transition): boolean {
  return to === 'PENDING' || type === 'cancel_requested';
}

export const runsShape = rowsOf({
  ...{ seq: 'integer', orders: 'integer', type: 'text' },
  ...{ attempt: 'integer', worker: 'text', detail: 'text' },
});

interface Given {
  readonly now: RawBuilder<unknown>;
  readonly runs: RawBuilder<unknown>;
}

export const appendRuns = ({ now, runs }: Given) => sql`
  insert into event_runs (seq, orders, type, at, attempt, worker, detail)
  select seq, orders, type, ${now}, attempt, worker, detail from ${runs} as given`;

/** Whether they can stand in one row of the history. */
function areAlike(one: Transition, next: Transition): boolean {
  return (
    one.type === next.type &&
    one.attempt === next.attempt &&
    one.worker === next.worker &&
    one.detail === next.detail
  );
}

/** By how much a transaction's transitions change counters and histograms. */
export function changesOf({ transitions }: Writing): Change[] {
  const sums = new Map<Counter, Map<number, { orders: number; ms: number }>>();
  const add = (counter: Counter, orders: number, part = 0, ms = 0) => {
    const parts = sums.get(counter) ?? new Map();
    const sum = parts.get(part);
    if (sum === undefined) sums.set(counter, parts.set(part, { orders, ms }));
    else {
      sum.orders += orders;
      sum.ms += ms;
    }
  };
  for (const { from, to, duration } of transitions) {
    if (from !== null) add(now[from], -1);
    add(now[to], 1);
    // Completed ones are not counted apart: that end is final, so "now" has it, or, when the order
    // was pruned, "pruned".
    if (to === 'FAILED') add('ended FAILED', 1);
    if (to === 'CANCELLED') add('ended CANCELLED', 1);
    if (duration !== undefined) {
      // A clock that was set back in between makes no negative times.
      const ms = Math.max(0, duration.ms);
      add(lasted[duration.kind], 1, bucketOf(ms), ms);
    }
  }
  const changes: Change[] = [];
  for (const [counter, parts] of sums) {
    for (const [part, { orders, ms }] of parts) {
      if (orders !== 0) changes.push({ counter, part, orders, ms });
    }
  }
  return changes;
}

// Names that are put together anew for each of hundreds of orders cost more than all else here.
const now = {
  PENDING: 'now PENDING',
  PROCESSING: 'now PROCESSING',
  COMPLETED: 'now COMPLETED',
  FAILED: 'now FAILED',
  CANCELLED: 'now CANCELLED',
} as const satisfies Record<OrderStatus, Counter>;
const lasted = { processing: 'lasted processing', waiting: 'lasted waiting' } as const;
