import { type Kysely, sql } from 'kysely';

import { claimable } from './claimable.ts';
import { type CounterSum, readCounters } from './counters.ts';
import { type Database, read } from './database.ts';
import { quantile, upperBound } from './histogram.ts';
import type { Phrases } from './phrases.ts';
import type { Counter, OrderStatus, Schema } from './schema.ts';

export interface Metrics {
  readonly totalOrders: number;
  readonly pendingOrders: number;
  readonly processingOrders: number;
  readonly completedOrders: number;
  readonly failedOrders: number;
  readonly cancelledOrders: number;
  /**
   * Mean of finish minus start (of the attempt that succeeded) over completed orders, or 0. All
   * times tell of orders that were pruned too, the counts above do not.
   */
  readonly avgProcessingTimeSec: number;
  /** Mean of first start minus acceptance over started orders, or 0. */
  readonly avgWaitTimeSec: number;
  /** Known to within about 4.5 %; 0 when nothing is completed. */
  readonly p50ProcessingTimeSec: number;
  readonly p95ProcessingTimeSec: number;
  readonly p99ProcessingTimeSec: number;
  /** The same of the time from acceptance to first start; 0 when nothing was started. */
  readonly p50WaitTimeSec: number;
  readonly p95WaitTimeSec: number;
  readonly p99WaitTimeSec: number;
  /** Of the order that is next to be started; null when none waits for a worker. */
  readonly oldestPendingAgeSec: number | null;
  /** Worker processes whose lease is alive. */
  readonly activeWorkers: number;
}

/** A distribution of times. */
export interface Durations {
  readonly orders: number;
  readonly totalMs: number;
  /** How many took at most `upToMs` and longer than the bucket before; shortest first. */
  readonly buckets: readonly { readonly upToMs: number; readonly orders: number }[];
}

/** What is counted, as it is kept: for whoever draws their own conclusions over time. */
export interface Figures {
  readonly orders: Readonly<Record<OrderStatus, number>>;
  /** Orders ever accepted, also those that were pruned. */
  readonly placed: number;
  /** How often orders came to each end. Only grows: one that is tried again ends once more. */
  readonly ends: Readonly<Record<'COMPLETED' | 'FAILED' | 'CANCELLED', number>>;
  readonly processing: Durations;
  readonly waiting: Durations;
  readonly oldestPendingAgeSec: number | null;
  readonly activeWorkers: number;
}

/**
 * How the whole is doing, at one moment: total is the sum of the five statuses in every answer.
 * Reads counters, never the orders, so it costs the same at ten orders and at ten million.
 *
 * @throws DatabaseUnavailable
 */
export async function readMetrics(database: Database): Promise<Metrics> {
  const standing = await readStanding(database);
  const { counts, processing, waiting, oldestPendingAgeSec, activeWorkers } = standing;
  return {
    totalOrders: sumOf(counts),
    pendingOrders: counts.PENDING,
    processingOrders: counts.PROCESSING,
    completedOrders: counts.COMPLETED,
    failedOrders: counts.FAILED,
    cancelledOrders: counts.CANCELLED,
    avgProcessingTimeSec: seconds(mean(processing)),
    avgWaitTimeSec: seconds(mean(waiting)),
    p50ProcessingTimeSec: seconds(quantile(processing, 0.5)),
    p95ProcessingTimeSec: seconds(quantile(processing, 0.95)),
    p99ProcessingTimeSec: seconds(quantile(processing, 0.99)),
    p50WaitTimeSec: seconds(quantile(waiting, 0.5)),
    p95WaitTimeSec: seconds(quantile(waiting, 0.95)),
    p99WaitTimeSec: seconds(quantile(waiting, 0.99)),
    oldestPendingAgeSec,
    activeWorkers,
  };
}

/**
 * The figures behind the metrics, at one moment; costs the same at any number of orders.
 *
 * @throws DatabaseUnavailable
 */
export async function readFigures(database: Database): Promise<Figures> {
  const { counts, ends, pruned, processing, waiting, ...others } = await readStanding(database);
  return {
    orders: counts,
    placed: sumOf(counts) + pruned.COMPLETED + pruned.FAILED + pruned.CANCELLED,
    ends: { ...ends, COMPLETED: counts.COMPLETED + pruned.COMPLETED },
    processing: distribution(processing),
    waiting: distribution(waiting),
    ...others,
  };
}

/** How many orders are pending; costs the same at any number of orders. @throws DatabaseUnavailable */
export async function countPending(database: Database): Promise<number> {
  const [pending] = await read(database, (snapshot) =>
    snapshot
      .selectFrom('counters')
      .select(sql<number>`coalesce(sum(orders), 0)`.as('orders'))
      .where('counter', '=', 'now PENDING')
      .execute(),
  );
  return pending?.orders ?? 0;
}

async function readStanding(database: Database) {
  return await read(database, async (snapshot) => {
    // The snapshot begins with the first query, if not before; the time is read after it, so no
    // age is negative.
    const counters = Map.groupBy(await readCounters(snapshot), ({ counter }) => counter);
    const { now } = await database.startOf(snapshot);
    const oldest = await oldestClaimable(snapshot, database.phrases);
    const count = (counter: Counter) => counters.get(counter)?.[0]?.orders ?? 0;
    const histogram = (counter: Counter) => (counters.get(counter) ?? []).map(toBucket);
    return {
      counts: {
        PENDING: count('now PENDING'),
        PROCESSING: count('now PROCESSING'),
        COMPLETED: count('now COMPLETED'),
        FAILED: count('now FAILED'),
        CANCELLED: count('now CANCELLED'),
      },
      ends: { FAILED: count('ended FAILED'), CANCELLED: count('ended CANCELLED') },
      pruned: {
        COMPLETED: count('pruned COMPLETED'),
        FAILED: count('pruned FAILED'),
        CANCELLED: count('pruned CANCELLED'),
      },
      processing: histogram('lasted processing'),
      waiting: histogram('lasted waiting'),
      oldestPendingAgeSec: oldest ? seconds(Math.max(0, now - oldest.placed_at)) : null,
      activeWorkers: await countWorkers(snapshot, now),
    };
  });
}

interface Bucket {
  readonly bucket: number;
  readonly orders: number;
  readonly ms: number;
}

function toBucket({ part, orders, total_ms }: CounterSum): Bucket {
  return { bucket: part, orders, ms: total_ms };
}

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, orders) => sum + orders, 0);

const seconds = (ms: number) => Math.round(ms) / 1000;

function distribution(buckets: readonly Bucket[]): Durations {
  return {
    orders: buckets.reduce((sum, { orders }) => sum + orders, 0),
    totalMs: buckets.reduce((sum, { ms }) => sum + ms, 0),
    buckets: buckets
      .toSorted((a, b) => a.bucket - b.bucket)
      .map(({ bucket, orders }) => ({ upToMs: upperBound(bucket), orders })),
  };
}

/** The order that is next to be started. */
export function oldestClaimable(
  snapshot: Kysely<Schema>,
  { inTheQueue }: Phrases,
): Promise<{ order_id: string; placed_at: number } | undefined> {
  return snapshot
    .selectFrom('orders')
    .select(['order_id', 'placed_at'])
    .where(claimable)
    .where(inTheQueue())
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
}

async function countWorkers(snapshot: Kysely<Schema>, now: number): Promise<number> {
  const { alive } = await snapshot
    .selectFrom('workers')
    .select(sql<number>`count(*)`.as('alive'))
    .where('alive_until', '>', now)
    .executeTakeFirstOrThrow();
  return alive;
}

function mean(buckets: readonly Bucket[]): number {
  const { orders, totalMs } = distribution(buckets);
  return orders === 0 ? 0 : totalMs / orders;
}
