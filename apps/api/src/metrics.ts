import type { components } from '@orders/contract';
import { type Response, Router } from 'express';
import type { Store } from './store.ts';

export function metricsRoutes(store: Store): Router {
  const routes = Router();
  routes.get('/metrics/', async (_req, res: Response<components['schemas']['Metrics']>) => {
    const metrics = await store.metrics();
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
      oldest_pending_age_sec: metrics.oldestPendingAgeSec,
      active_workers: metrics.activeWorkers,
    });
  });
  return routes;
}
