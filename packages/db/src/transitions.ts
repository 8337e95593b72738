import { sql } from 'kysely';

import type { Writing } from './database.ts';
import { bucketOf } from './histogram.ts';
import type { OrderStatus, TransitionType } from './schema.ts';

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
  readonly duration?: { readonly kind: 'waiting' | 'processing'; readonly ms: number };
}

/**
 * Writes history, counters and histograms for a set of transitions: three statements, four when
 * some fail for good or are cancelled, however many there are. Because this is the one place that
 * does, they cannot disagree.
 */
export async function recordTransitions(
  writing: Writing,
  transitions: readonly Transition[],
): Promise<void> {
  if (transitions.length === 0) return;
  writing.news.add('events');
  if (transitions.some(isWork)) writing.news.add('work');
  await appendEvents(writing, transitions);
  await moveCounts(writing, transitions);
  await addEnds(writing, transitions);
  await addDurations(writing, transitions);
}

/** Whether workers may have something to do about it. */
function isWork({ type, to }: Transition): boolean {
  return to === 'PENDING' || type === 'cancel_requested';
}

async function appendEvents({ trx, now, rows }: Writing, transitions: readonly Transition[]) {
  const events = rows(
    { seq: 'integer', type: 'text', attempt: 'integer', worker: 'text', detail: 'text' },
    transitions,
  );
  await sql`
    insert into order_events (seq, type, at, attempt, worker, detail)
    select seq, type, ${now}, attempt, worker, detail from ${events} as event
  `.execute(trx);
}

async function moveCounts({ trx, rows, slot }: Writing, transitions: readonly Transition[]) {
  const deltas = new Map<OrderStatus, number>();
  for (const { from, to } of transitions) {
    if (from !== null) deltas.set(from, (deltas.get(from) ?? 0) - 1);
    deltas.set(to, (deltas.get(to) ?? 0) + 1);
  }
  const changed = [...deltas]
    .filter(([, delta]) => delta !== 0)
    .map(([status, delta]) => ({ status, delta }));
  if (changed.length === 0) return;
  await sql`
    update order_counts set orders = order_counts.orders + change.delta
    from ${rows({ status: 'text', delta: 'integer' }, changed)} as change
    where order_counts.status = change.status and order_counts.slot = ${slot}
  `.execute(trx);
}

/** Completed ones are not counted apart: that end is final, so order_counts has it. */
async function addEnds({ trx, rows, slot }: Writing, transitions: readonly Transition[]) {
  const ended = (['FAILED', 'CANCELLED'] as const)
    .map((status) => ({ status, orders: transitions.filter(({ to }) => to === status).length }))
    .filter(({ orders }) => orders > 0);
  if (ended.length === 0) return;
  await sql`
    update order_ends set orders = order_ends.orders + added.orders
    from ${rows({ status: 'text', orders: 'integer' }, ended)} as added
    where order_ends.status = added.status and order_ends.slot = ${slot}
  `.execute(trx);
}

async function addDurations({ trx, rows, slot }: Writing, transitions: readonly Transition[]) {
  const added = new Map<string, { kind: string; bucket: number; orders: number; ms: number }>();
  for (const { duration } of transitions) {
    if (duration === undefined) continue;
    // A clock that was set back in between makes no negative times.
    const ms = Math.max(0, duration.ms);
    const bucket = bucketOf(ms);
    const key = `${duration.kind} ${bucket}`;
    const sum = added.get(key) ?? { kind: duration.kind, bucket, orders: 0, ms: 0 };
    added.set(key, { ...sum, orders: sum.orders + 1, ms: sum.ms + ms });
  }
  if (added.size === 0) return;
  const durations = rows({ kind: 'text', bucket: 'integer', orders: 'integer', ms: 'integer' }, [
    ...added.values(),
  ]);
  // "where true" tells the parser that "on conflict" is not a join's condition.
  // https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
  await sql`
    insert into order_durations (kind, bucket, slot, orders, total_ms)
    select kind, bucket, ${slot}, orders, ms from ${durations} as added where true
    on conflict (kind, bucket, slot) do update set
      orders = order_durations.orders + excluded.orders,
      total_ms = order_durations.total_ms + excluded.total_ms
  `.execute(trx);
}
