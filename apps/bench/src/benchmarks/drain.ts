import { startTemporaryPostgres } from '@orders/temporary-postgres';

import type { Benchmark, Measure } from '../benchmark.ts';
import { syncsPerSecond } from '../disk.ts';
import {
  completionRate,
  fileCache,
  makeEmpty,
  makePending,
  pourInto,
  verifyCompleted,
  waitForEnd,
} from '../orders.ts';
import { drainByPeer, startRedis } from '../peers.ts';
import { start } from '../processes.ts';
import { startWorker } from '../service.ts';

const figure = 'orders/s';
const raw = 'raw better-sqlite3, the same writes';

export const drain: Benchmark = {
  name: 'drain',
  title: 'Draining with a processor that does nothing',
  how:
    'Workers as they are shipped (PROCESSING_TIME_MS=0, their log into a file) wait on a file into ' +
    'which all orders are put at once, so many that it takes seconds. Measured by the history in the ' +
    'file, from the end of the first fifth, which warms up, to the last completion; peers by their ' +
    'own processor in the same way. Several workers, which share what warms up, have half of all for ' +
    'that, 150,000 orders for each of four, and so has the one beside them. Checked: each order ' +
    'completed once, orders, history and counters agree, nothing of level warn or above logged. ' +
    'PostgreSQL and its settings are as they come (fsync, synchronous_commit on).',
  secondsPerRun: 150,
  async run(bench) {
    const cached = fileCache(bench.scratch);
    const pending = (orders: number) =>
      cached(`pending-${orders}`, (path) => makePending(path, orders));

    const ours =
      (orders: number, concurrency: number, workers = 1, warmUp?: number): Measure =>
      async (scratch) => {
        const path = scratch.path('orders.db');
        await makeEmpty(path);
        const env = { WORKER_CONCURRENCY: String(concurrency), PROCESSING_TIME_MS: '0' };
        const running = await Promise.all(
          Array.from({ length: workers }, () => startWorker(scratch, path, env)),
        );
        pourInto(path, await pending(orders));
        await waitForEnd(path, orders);
        for (const worker of running) await worker.finish();
        verifyCompleted(path, orders);
        return { [figure]: completionRate(path, orders, warmUp) };
      };

    const rawDrain =
      (orders: number, group: number): Measure =>
      async (scratch) => {
        const path = scratch.path('orders.db');
        await makeEmpty(path);
        pourInto(path, await pending(orders));
        const program = 'apps/bench/src/raw-drain.ts';
        await start(scratch, process.execPath, [program, path, String(group)]).done();
        verifyCompleted(path, orders);
        return { [figure]: completionRate(path, orders) };
      };

    const peer =
      (name: string, orders: number, ...args: string[]): Measure =>
      async (scratch) => ({
        [figure]: await drainByPeer(scratch, name, orders, scratch.path(name), ...args),
      });

    const postgres = await startTemporaryPostgres({ durable: true });
    bench.scratch.atEnd(postgres.stop);
    const onPostgres =
      (name: string, orders: number): Measure =>
      async (scratch) => {
        const database = await postgres.createDatabase();
        scratch.atEnd(database.drop);
        return { [figure]: await drainByPeer(scratch, name, orders, database.url) };
      };
    const onRedis =
      (orders: number, ...settings: string[]): Measure =>
      async (scratch) => ({
        [figure]: await drainByPeer(scratch, 'bullmq', orders, await startRedis(scratch, settings)),
      });

    await bench.compare({
      title: 'one worker, concurrency 1',
      figures: { [figure]: 'more' },
      variants: {
        ours: ours(40_000, 1),
        [raw]: rawDrain(40_000, 1),
        'fsyncs of this disk': async (scratch) => ({
          [figure]: syncsPerSecond(scratch.path('synced'), 2),
        }),
      },
      targets: [{ of: 'ours', beside: 'fsyncs of this disk', figure, atLeast: 0.6 }],
    });
    await bench.compare({
      title: 'one worker, concurrency 10',
      figures: { [figure]: 'more' },
      variants: { ours: ours(100_000, 10), [raw]: rawDrain(100_000, 10) },
    });
    const plainjob = 'plainjob as it comes (NORMAL)';
    const graphile = 'graphile-worker, fastest settings';
    await bench.compare({
      title: 'one worker, concurrency 100',
      figures: { [figure]: 'more' },
      variants: {
        ours: ours(300_000, 100),
        [raw]: rawDrain(300_000, 100),
        [plainjob]: peer('plainjob', 60_000),
        [graphile]: onPostgres('graphile-worker', 300_000),
        'pg-boss, batches of 1,000': onPostgres('pg-boss', 150_000),
        'BullMQ, appendfsync always': onRedis(
          60_000,
          '--appendonly',
          'yes',
          '--appendfsync',
          'always',
        ),
        'BullMQ, Redis as it comes (no log)': onRedis(60_000),
      },
      targets: [
        { of: 'ours', beside: plainjob, figure, atLeast: 3 },
        { of: 'ours', beside: graphile, figure, atLeast: 1.5 },
        { of: 'ours', beside: raw, figure, atLeast: 0.5 },
      ],
    });
    await bench.compare({
      title: 'one worker, concurrency 1,000',
      figures: { [figure]: 'more' },
      variants: { ours: ours(300_000, 1000), [raw]: rawDrain(300_000, 1000) },
    });
    await bench.compare({
      title: 'several workers, concurrency 100 each',
      figures: { [figure]: 'more' },
      variants: {
        'one worker': ours(1_200_000, 100, 1, 1 / 2),
        'two workers': ours(1_200_000, 100, 2, 1 / 2),
        'four workers': ours(1_200_000, 100, 4, 1 / 2),
      },
      targets: [{ of: 'four workers', beside: 'one worker', figure, atLeast: 0.9 }],
    });
  },
};
