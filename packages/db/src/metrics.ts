import { type Kysely, type Selectable, sql } from 'kysely';

import { claimable } from './claimable.ts';
import { type Database, read } from './database.ts';
import { quantile, upperBound } from './histogram.ts';
import type { Phrases } from './phrases.ts';
import type { OrderDurationsTable, OrderStatus, PrunedCountsTable, Schema } from './schema.ts';

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
  const { counts, durations, oldestPendingAgeSec, activeWorkers } = await readCounters(database);
  const of = (kind: OrderDurationsTable['kind']) => durations.filter((row) => row.kind === kind);
  const processing = of('processing');
  const waiting = of('waiting');
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
  const { counts, ends, pruned, durations, ...others } = await readCounters(database);
  return {
    orders: counts,
    placed: sumOf(counts) + sumOf(pruned),
    ends: { FAILED: 0, CANCELLED: 0, ...ends, COMPLETED: counts.COMPLETED + pruned.COMPLETED },
    processing: distribution(durations.filter(({ kind }) => kind === 'processing')),
    waiting: distribution(durations.filter(({ kind }) => kind === 'waiting')),
    ...others,
  };
}

/** How many orders are pending; costs the same at any number of orders. @throws DatabaseUnavailable */
export async function countPending(database: Database): Promise<number> {
  return (await read(database, readCounts)).PENDING;
}

async function readCounters(database: Database) {
  return await read(database, async (snapshot) => {
    // The snapshot begins with the first query, if not before; the time is read after it, so no
    // age is negative.
    const counts = await readCounts(snapshot);
    const { now } = await database.startOf(snapshot);
    const oldest = await oldestClaimable(snapshot, database.phrases);
    const ends = await snapshot
      .selectFrom('order_ends')
      .select(['status', inAllSlots('orders')])
      .groupBy('status')
      .execute();
    return {
      counts,
      ends: Object.fromEntries(ends.map(({ status, orders }) => [status, orders])),
      pruned: await readPruned(snapshot),
      durations: await snapshot
        .selectFrom('order_durations')
        .select(['kind', 'bucket', inAllSlots('orders'), inAllSlots('total_ms')])
        .groupBy(['kind', 'bucket'])
        .execute(),
      oldestPendingAgeSec: oldest ? seconds(Math.max(0, now - oldest.placed_at)) : null,
      activeWorkers: await countWorkers(snapshot, now),
    };
  });
}

const inAllSlots = <Column extends string>(column: Column) =>
  sql<number>`sum(${sql.ref(column)})`.as(column);

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, orders) => sum + orders, 0);

const seconds = (ms: number) => Math.round(ms) / 1000;

function distribution(rows: readonly Omit<Selectable<OrderDurationsTable>, 'slot'>[]): Durations {
  return {
    orders: rows.reduce((sum, { orders }) => sum + orders, 0),
    totalMs: rows.reduce((sum, { total_ms }) => sum + total_ms, 0),
    buckets: rows
      .toSorted((a, b) => a.bucket - b.bucket)
      .map(({ bucket, orders }) => ({ upToMs: upperBound(bucket), orders })),
  };
}

async function readCounts(snapshot: Kysely<Schema>): Promise<Record<OrderStatus, number>> {
  const rows = await snapshot
    .selectFrom('order_counts')
    .select(['status', inAllSlots('orders')])
    .groupBy('status')
    .execute();
  const counts = { PENDING: 0, PROCESSING: 0, COMPLETED: 0, FAILED: 0, CANCELLED: 0 };
  for (const { status, orders } of rows) counts[status] = orders;
  return counts;
}

async function readPruned(
  snapshot: Kysely<Schema>,
): Promise<Record<PrunedCountsTable['status'], number>> {
  const rows = await snapshot
    .selectFrom('pruned_counts')
    .select(['status', inAllSlots('orders')])
    .groupBy('status')
    .execute();
  const pruned = { COMPLETED: 0, FAILED: 0, CANCELLED: 0 };
  for (const { status, orders } of rows) pruned[status] = orders;
  return pruned;
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

function mean(buckets: readonly { orders: number; total_ms: number }[]): number {
  const orders = buckets.reduce((sum, bucket) => sum + bucket.orders, 0);
  return orders === 0 ? 0 : buckets.reduce((sum, bucket) => sum + bucket.total_ms, 0) / orders;
}
