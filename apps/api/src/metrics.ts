import { type components, isoTime } from '@orders/contract';
import { type Database, readMetrics, readQueue } from '@orders/db';
import { type Response, Router } from 'express';
import { prometheusText, type Scrape } from './prometheus.ts';

type Schemas = components['schemas'];
type Answer = Response<Schemas['Metrics'] | string>;

export function metricsRoutes(database: Database, scrape: Scrape): Router {
  const routes = Router();

  routes.get('/metrics/prometheus', async (_req, res) => {
    res.type(prometheusText).send(await scrape());
  });

  routes.get('/metrics/', async (req, res: Answer) => {
    res.vary('Accept');
    // JSON stands first: it is what anybody gets who likes both as well, or neither.
    if (req.accepts(['application/json', prometheusText]) === prometheusText) {
      res.type(prometheusText).send(await scrape());
      return;
    }
    const metrics = await readMetrics(database);
    res.json({
      total_orders: metrics.totalOrders,
      pending_orders: metrics.pendingOrders,
      processing_orders: metrics.processingOrders,
      completed_orders: metrics.completedOrders,
      failed_orders: metrics.failedOrders,
      cancelled_orders: metrics.cancelledOrders,
      avg_processing_time_sec: metrics.avgProcessingTimeSec,
      avg_wait_time_sec: metrics.avgWaitTimeSec,
      p50_processing_time_sec: metrics.p50ProcessingTimeSec,
      p95_processing_time_sec: metrics.p95ProcessingTimeSec,
      p99_processing_time_sec: metrics.p99ProcessingTimeSec,
      p50_wait_time_sec: metrics.p50WaitTimeSec,
      p95_wait_time_sec: metrics.p95WaitTimeSec,
      p99_wait_time_sec: metrics.p99WaitTimeSec,
      oldest_pending_age_sec: metrics.oldestPendingAgeSec,
      active_workers: metrics.activeWorkers,
    });
  });

  routes.get('/queue', async (_req, res: Response<Schemas['Queue']>) => {
    const { at, oldestPending, workers } = await readQueue(database);
    res.json({
      at: isoTime(at),
      oldest_pending: oldestPending && {
        order_id: oldestPending.orderId,
        placed_at: isoTime(oldestPending.placedAt),
      },
      workers: workers.map(({ worker, startedAt, inHand, orders }) => ({
        ...{ worker, started_at: isoTime(startedAt), in_hand: inHand },
        orders: orders.map((order) => ({
          order_id: order.orderId,
          started_at: isoTime(order.startedAt),
          attempts: order.attempts,
        })),
      })),
    });
  });

  return routes;
}
