import { type Kysely, sql } from 'kysely';

import { claimable } from './claim.ts';
import { type Database, read } from './database.ts';
import { quantile } from './histogram.ts';
import type { OrderDurationsTable, OrderStatus, Schema } from './schema.ts';

export interface Metrics {
  readonly totalOrders: number;
  readonly pendingOrders: number;
  readonly processingOrders: number;
  readonly completedOrders: number;
  readonly failedOrders: number;
  readonly cancelledOrders: number;
  /** Mean of finish minus start (of the attempt that succeeded) over completed orders, or 0. */
  readonly avgProcessingTimeSec: number;
  /** Mean of first start minus acceptance over started orders, or 0. */
  readonly avgWaitTimeSec: number;
  /** Known to within about 4.5 %; 0 when nothing is completed. */
  readonly p50ProcessingTimeSec: number;
  readonly p95ProcessingTimeSec: number;
  readonly p99ProcessingTimeSec: number;
  /** Of the order that is next to be started; null when none waits for a worker. */
  readonly oldestPendingAgeSec: number | null;
  /** Worker processes whose lease is alive. */
  readonly activeWorkers: number;
}

/**
 * How the whole is doing, at one moment: total is the sum of the five statuses in every answer.
 * Reads counters, never the orders, so it costs the same at ten orders and at ten million.
 *
 * @throws DatabaseUnavailable
 */
export async function readMetrics(database: Database): Promise<Metrics> {
  const { counts, durations, oldest, activeWorkers, now } = await read(
    database,
    async (snapshot) => {
      // The snapshot begins with the first query; the time is read after it, so no age is negative.
      const counts = await readCounts(snapshot);
      const now = database.clock();
      return {
        counts,
        now,
        durations: await snapshot.selectFrom('order_durations').selectAll().execute(),
        oldest: await oldestPlacedAt(snapshot),
        activeWorkers: await countWorkers(snapshot, now),
      };
    },
  );
  const of = (kind: OrderDurationsTable['kind']) => durations.filter((row) => row.kind === kind);
  const processing = of('processing');
  const seconds = (ms: number) => Math.round(ms) / 1000;
  return {
    totalOrders: Object.values(counts).reduce((sum, orders) => sum + orders, 0),
    pendingOrders: counts.PENDING,
    processingOrders: counts.PROCESSING,
    completedOrders: counts.COMPLETED,
    failedOrders: counts.FAILED,
    cancelledOrders: counts.CANCELLED,
    avgProcessingTimeSec: seconds(mean(processing)),
    avgWaitTimeSec: seconds(mean(of('waiting'))),
    p50ProcessingTimeSec: seconds(quantile(processing, 0.5)),
    p95ProcessingTimeSec: seconds(quantile(processing, 0.95)),
    p99ProcessingTimeSec: seconds(quantile(processing, 0.99)),
    oldestPendingAgeSec: oldest === undefined ? null : seconds(Math.max(0, now - oldest)),
    activeWorkers,
  };
}

async function readCounts(snapshot: Kysely<Schema>): Promise<Record<OrderStatus, number>> {
  const rows = await snapshot.selectFrom('order_counts').selectAll().execute();
  const counts = { PENDING: 0, PROCESSING: 0, COMPLETED: 0, FAILED: 0, CANCELLED: 0 };
  for (const { status, orders } of rows) counts[status] = orders;
  return counts;
}

async function oldestPlacedAt(snapshot: Kysely<Schema>): Promise<number | undefined> {
  const oldest = await snapshot
    .selectFrom('orders')
    .select('placed_at')
    .where(claimable)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst();
  return oldest?.placed_at;
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
