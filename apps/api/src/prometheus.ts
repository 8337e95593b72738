import { type Database, type Durations, type Figures, readFigures } from '@orders/db';
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';

/**
 * Text format 0.0.4. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export const prometheusText = Registry.PROMETHEUS_CONTENT_TYPE;

/** All figures as text for Prometheus. @throws DatabaseUnavailable */
export type Scrape = () => Promise<string>;

/**
 * @param figures - what this process measures itself; its own state is added to it. What is told
 *   of orders comes from the database anew with every scrape
 */
export function createScrape(database: Database, figures: Registry): Scrape {
  // How late the event loop is, is found out by a timer: each 10 ms, as prom-client has it, would
  // keep an idle API at half a percent of a core.
  collectDefaultMetrics({ register: figures, eventLoopMonitoringPrecision: 100 });
  return async () => {
    const orders = ordersRegistry(await readFigures(database));
    return `${await orders.metrics()}\n${await figures.metrics()}`;
  };
}

/** A registry of one reading, so that all its figures are of the same moment. */
function ordersRegistry(read: Figures): Registry {
  const registry = new Registry();
  const registers = [registry];
  const { orders, placed, ends } = read;

  const byStatus = new Gauge({
    ...{ name: 'orders', help: 'Orders by status.', labelNames: ['status'], registers },
  });
  for (const [status, count] of Object.entries(orders))
    byStatus.set({ status: named(status) }, count);

  new Counter({ name: 'orders_placed_total', help: 'Orders ever accepted.', registers }).inc(
    placed,
  );

  const finished = new Counter({
    name: 'orders_finished_total',
    help: 'How often orders came to an end; one that is tried again ends once more.',
    labelNames: ['status'],
    registers,
  });
  for (const [status, count] of Object.entries(ends))
    finished.inc({ status: named(status) }, count);

  new Gauge({
    name: 'orders_oldest_pending_age_seconds',
    help: 'Since acceptance of the order that is next to be started; 0 when none waits.',
    registers,
  }).set(read.oldestPendingAgeSec ?? 0);

  new Gauge({ name: 'orders_workers', help: 'Workers whose lease is alive.', registers }).set(
    read.activeWorkers,
  );

  registry.registerMetric(
    histogram(
      'orders_processing_seconds',
      'From start to finish of the attempt that completed an order.',
      read.processing,
    ),
  );
  registry.registerMetric(
    histogram('orders_waiting_seconds', 'From acceptance to first start.', read.waiting),
  );
  return registry;
}

/** As the API names it: Pending, Completed. */
function named(status: string): string {
  return status.charAt(0) + status.slice(1).toLowerCase();
}

/** Doublings from a millisecond to 70 minutes: each is the bound of a bucket that is kept. */
const boundsMs = Array.from({ length: 23 }, (_, i) => 2 ** i);

/**
 * A histogram that is counted already. The library's own wants to see every single value; to its
 * registry a metric is whatever has a name and tells its values.
 */
function histogram(name: string, help: string, durations: Durations): Metric {
  const upTo = (boundMs: number) =>
    durations.buckets
      .filter(({ upToMs }) => upToMs <= boundMs)
      .reduce((sum, { orders }) => sum + orders, 0);
  const values = [
    ...boundsMs.map((ms) => ({
      ...{ metricName: `${name}_bucket`, labels: { le: ms / 1000 }, value: upTo(ms) },
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: durations.orders },
    { metricName: `${name}_sum`, labels: {}, value: durations.totalMs / 1000 },
    { metricName: `${name}_count`, labels: {}, value: durations.orders },
  ];
  const told = { name, help, type: 'histogram', aggregator: 'sum', values };
  return { name, get: async () => told } as unknown as Metric;
}
