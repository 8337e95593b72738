import { type RawBuilder, sql } from 'kysely';

import { runsOf } from './event-runs.ts';
import { bucketOf } from './histogram.ts';
import type { OrderStatus, TransitionType } from './schema.ts';
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

/** What a transaction's transitions add to history, counters and histograms. */
export function sumUp({ now, slot, transitions }: Writing) {
  return { now, runs: runsOf(transitions, areAlike), ...sums(transitions, slot) };
}

/** Whether workers may have something to do about it. */
export function isWork({ type, to }: Transition): boolean {
  return to === 'PENDING' || type === 'cancel_requested';
}

/** Of the statements below, which change the tables that tell what happened. */
export const shapes = {
  now: 'integer',
  runs: rowsOf({
    ...{ seq: 'integer', orders: 'integer', type: 'text' },
    ...{ attempt: 'integer', worker: 'text', detail: 'text' },
  }),
  counts: rowsOf({ status: 'text', slot: 'integer', delta: 'integer' }),
  ends: rowsOf({ status: 'text', slot: 'integer', orders: 'integer' }),
  durations: rowsOf({
    ...{ kind: 'text', bucket: 'integer', slot: 'integer' },
    ...{ orders: 'integer', ms: 'integer' },
  }),
} as const;

type Given = { readonly [name in keyof typeof shapes]: RawBuilder<unknown> };

export const appendRuns = ({ now, runs }: Pick<Given, 'now' | 'runs'>) => sql`
  insert into event_runs (seq, orders, type, at, attempt, worker, detail)
  select seq, orders, type, ${now}, attempt, worker, detail from ${runs} as given`;

// The slot is a field of the rows: compared with a bare parameter, SQLite would plan the statement
// anew at every execution (see limit.ts), which takes seven times as long as to execute it. And
// PostgreSQL, not told that there is a row a status at the most, would read all slots for a join.
export const moveCounts = ({ counts }: Pick<Given, 'counts'>) => sql`
  update order_counts set orders = order_counts.orders + change.delta
  from (select * from ${counts} as given limit 5) as change
  where order_counts.status = change.status and order_counts.slot = change.slot`;

export const addEnds = ({ ends }: Pick<Given, 'ends'>) => sql`
  update order_ends set orders = order_ends.orders + added.orders
  from ${ends} as added
  where order_ends.status = added.status and order_ends.slot = added.slot`;

// "where true" tells the parser that "on conflict" is not a join's condition.
// https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
export const addDurations = ({ durations }: Pick<Given, 'durations'>) => sql`
  insert into order_durations (kind, bucket, slot, orders, total_ms)
  select kind, bucket, slot, orders, ms from ${durations} as added where true
  on conflict (kind, bucket, slot) do update set
    orders = order_durations.orders + excluded.orders,
    total_ms = order_durations.total_ms + excluded.total_ms`;

/** Whether they can stand in one row of the history. */
function areAlike(one: Transition, next: Transition): boolean {
  return (
    one.type === next.type &&
    one.attempt === next.attempt &&
    one.worker === next.worker &&
    one.detail === next.detail
  );
}

interface Buckets {
  readonly kind: 'waiting' | 'processing';
  readonly bucket: number;
  orders: number;
  ms: number;
}

function sums(transitions: readonly Transition[], slot: number) {
  const counts = new Map<OrderStatus, number>();
  const ends = new Map<OrderStatus, number>();
  const durations = new Map<string, Buckets>();
  for (const { from, to, duration } of transitions) {
    if (from !== null) add(counts, from, -1);
    add(counts, to, 1);
    // Completed ones are not counted apart: that end is final, so order_counts has it, or, when the
    // order was pruned, pruned_counts.
    if (to === 'FAILED' || to === 'CANCELLED') add(ends, to, 1);
    if (duration !== undefined) addDuration(durations, duration);
  }
  return {
    counts: [...counts].flatMap(([status, delta]) =>
      delta === 0 ? [] : [{ status, slot, delta }],
    ),
    ends: Array.from(ends, ([status, orders]) => ({ status, slot, orders })),
    durations: Array.from(durations.values(), (sum) => ({ ...sum, slot })),
  };
}

function add(sums: Map<OrderStatus, number>, status: OrderStatus, orders: number): void {
  sums.set(status, (sums.get(status) ?? 0) + orders);
}

function addDuration(
  durations: Map<string, Buckets>,
  duration: NonNullable<Transition['duration']>,
): void {
  // A clock that was set back in between makes no negative times.
  const ms = Math.max(0, duration.ms);
  const bucket = bucketOf(ms);
  const key = `${duration.kind} ${bucket}`;
  const sum = durations.get(key) ?? { kind: duration.kind, bucket, orders: 0, ms: 0 };
  sum.orders += 1;
  sum.ms += ms;
  durations.set(key, sum);
}
