import { sql } from 'kysely';

import { bucketOf } from './histogram.ts';
import type { OrderStatus, TransitionType } from './schema.ts';
import { groupsOf, rowsOf, statement, together } from './statement.ts';
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

/**
 * Writes history, counters and histograms for all that happened in a transaction: three
 * statements, four when some fail for good or are cancelled, however many there are. Because this
 * is the one place that does, they cannot disagree.
 */
export async function writeTransitions(writing: Writing): Promise<void> {
  const { now, slot, transitions, news } = writing;
  if (transitions.length === 0) return;
  news.add('events');
  if (transitions.some(isWork)) news.add('work');
  const { counts, ends, durations } = sumUp(transitions, slot);
  await together(
    writing,
    () => appendEvents(writing, { now, events: transitions }),
    async () => counts.length > 0 && moveCounts(writing, { counts }),
    async () => ends.length > 0 && addEnds(writing, { ends }),
    async () => durations.length > 0 && addDurations(writing, { durations }),
  );
}

/** Whether workers may have something to do about it. */
function isWork({ type, to }: Transition): boolean {
  return to === 'PENDING' || type === 'cancel_requested';
}

const appendEvents = statement(
  {
    now: 'integer',
    events: groupsOf('seq', { type: 'text', attempt: 'integer', worker: 'text', detail: 'text' }),
  },
  ({ now, events }) => sql`
    insert into order_events (seq, type, at, attempt, worker, detail)
    select seq, type, ${now}, attempt, worker, detail from ${events} as event`,
);

// The slot is a field of the rows: compared with a bare parameter, SQLite would plan the statement
// anew at every execution (see limit.ts), which takes seven times as long as to execute it.
const moveCounts = statement(
  { counts: rowsOf({ status: 'text', slot: 'integer', delta: 'integer' }) },
  ({ counts }) => sql`
    update order_counts set orders = order_counts.orders + change.delta
    from ${counts} as change
    where order_counts.status = change.status and order_counts.slot = change.slot`,
);

const addEnds = statement(
  { ends: rowsOf({ status: 'text', slot: 'integer', orders: 'integer' }) },
  ({ ends }) => sql`
    update order_ends set orders = order_ends.orders + added.orders
    from ${ends} as added
    where order_ends.status = added.status and order_ends.slot = added.slot`,
);

// "where true" tells the parser that "on conflict" is not a join's condition.
// https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
const addDurations = statement(
  {
    durations: rowsOf({
      ...{ kind: 'text', bucket: 'integer', slot: 'integer' },
      ...{ orders: 'integer', ms: 'integer' },
    }),
  },
  ({ durations }) => sql`
    insert into order_durations (kind, bucket, slot, orders, total_ms)
    select kind, bucket, slot, orders, ms from ${durations} as added where true
    on conflict (kind, bucket, slot) do update set
      orders = order_durations.orders + excluded.orders,
      total_ms = order_durations.total_ms + excluded.total_ms`,
);

interface Buckets {
  readonly kind: 'waiting' | 'processing';
  readonly bucket: number;
  orders: number;
  ms: number;
}

function sumUp(transitions: readonly Transition[], slot: number) {
  const counts = new Map<OrderStatus, number>();
  const ends = new Map<OrderStatus, number>();
  const durations = new Map<string, Buckets>();
  for (const { from, to, duration } of transitions) {
    if (from !== null) add(counts, from, -1);
    add(counts, to, 1);
    // Completed ones are not counted apart: that end is final, so order_counts has it.
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
