import { closeDatabase, openDatabase, readMetrics } from '@orders/db';
import { startTemporaryPostgres } from '@orders/temporary-postgres';
import pg from 'pg';

import type { Benchmark } from '../benchmark.ts';
import { makeBigDatabase } from '../big-database.ts';
import { makePending } from '../orders.ts';
import { completionRateOn, waitForEndOn } from '../postgres-orders.ts';
import { familyCpuSeconds, parentOf } from '../proc.ts';
import type { Scratch } from '../scratch.ts';
import { startWorker } from '../service.ts';

const perRun = 10_000;
const few = 'a thousand orders';
const many = 'ten million';
const unseen = 'ten million, and a million transitions that were not vacuumed';
const figure = 'us of server CPU an order';
const rate = 'orders/s drained';

export const growthPostgres: Benchmark = {
  name: 'growth-postgres',
  title: 'On PostgreSQL, the same with a thousand and ten million orders, vacuumed or not',
  how:
    'Databases with that many completed orders, made by SQL; in one of them 333,333 orders more have ' +
    'been placed, claimed and completed since, and autovacuum is off. In each run 10,000 orders are ' +
    'put into the queue, and drained by one worker with concurrency 10, PROCESSING_TIME_MS=0; CPU of ' +
    'all processes of the server meanwhile, checkpoints and all; rate from the end of the first ' +
    'fifth to the last completion. Databases go on growing by 10,000 orders a run.',
  secondsPerRun: 90,
  onlyWhenAsked: true,
  async run(bench) {
    const server = await startTemporaryPostgres({ durable: true });
    bench.scratch.atEnd(server.stop);
    const made = new Map<string, Promise<string>>();

    async function make(orders: number, gone: number): Promise<string> {
      const { url } = await server.createDatabase();
      await makeBigDatabase(url, orders, gone);
      return url;
    }

    const measure = (name: string, orders: number, gone: number) => async (scratch: Scratch) => {
      const url = made.get(name) ?? make(orders, gone);
      made.set(name, Promise.resolve(url));
      return drainOnce(scratch, await url);
    };
    await bench.compare({
      title: 'orders in the database',
      figures: { [figure]: 'less', [rate]: 'more' },
      variants: {
        [few]: measure(few, 1000, 0),
        [many]: measure(many, 1e7, 0),
        [unseen]: measure(unseen, 1e7, 333_333),
      },
      targets: [many, unseen].map((of) => ({ of, beside: few, figure, atMost: 1.15 })),
    });
  },
};

async function drainOnce(scratch: Scratch, url: string) {
  await connected(url, (client) => client.query('truncate event_runs'));
  const { total: had } = await count(url);
  await makePending(url, perRun, `after-${had}`);
  const { completed, total } = await count(url);
  if (total - completed !== perRun) throw new Error(`${total - completed} orders wait`);
  const env = { WORKER_CONCURRENCY: '10', PROCESSING_TIME_MS: '0' };
  const server = await serverOf(url);
  const before = familyCpuSeconds(server);
  const worker = await startWorker(scratch, url, env);
  await waitForEndOn(url, total);
  await worker.finish();
  return {
    [figure]: ((familyCpuSeconds(server) - before) * 1e6) / perRun,
    [rate]: await completionRateOn(url),
  };
}

/** The process of which all others of the server are children. */
function serverOf(url: string): Promise<number> {
  return connected(url, async (client) => {
    const { rows } = await client.query('select pg_backend_pid() as pid');
    return parentOf(rows[0].pid);
  });
}

async function count(url: string): Promise<{ completed: number; total: number }> {
  const database = await openDatabase(url);
  const { completedOrders: completed, totalOrders: total } = await readMetrics(database);
  await closeDatabase(database);
  return { completed, total };
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
}
