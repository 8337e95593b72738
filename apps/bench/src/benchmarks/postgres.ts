import { startTemporaryPostgres, type TemporaryDatabase } from '@orders/temporary-postgres';

import type { Benchmark, Measure } from '../benchmark.ts';
import { placeOverHttp } from '../load.ts';
import { makePending } from '../orders.ts';
import { drainByPeer } from '../peers.ts';
import {
  completionRateOn,
  verifyCompletedOn,
  verifyPlacedOn,
  waitForEndOn,
} from '../postgres-orders.ts';
import type { Scratch } from '../scratch.ts';
import { startApi, startWorker } from '../service.ts';
import { figure, figures, latencies, unkeptMeasure, validated } from './placing.ts';

/** In each drained database. */
const orders = 40_000;

export const postgres: Benchmark = {
  name: 'postgres',
  title: 'On PostgreSQL',
  how:
    'A PostgreSQL of its own on this machine, with its settings as they come (fsync, ' +
    'synchronous_commit on); server, workers and clients share the cores. Draining: workers as ' +
    'they are shipped (PROCESSING_TIME_MS=0, their log into a file) start on a database in which ' +
    'all orders wait, others by their own processor; measured from the end of the first fifth, ' +
    'which warms up, to the last completion. Placing: as above. Checked: each order once, orders, ' +
    'history and counters agree, nothing of level warn or above logged.',
  secondsPerRun: 90,
  async run(bench) {
    const server = await startTemporaryPostgres({ durable: true });
    bench.scratch.atEnd(server.stop);
    let pending: Promise<TemporaryDatabase> | undefined;
    async function makeTemplate(): Promise<TemporaryDatabase> {
      const made = await server.createDatabase();
      await makePending(made.url, orders);
      return made;
    }

    async function databaseFor(scratch: Scratch, copyOf?: TemporaryDatabase): Promise<string> {
      const { url, drop } = await server.createDatabase(copyOf);
      scratch.atEnd(drop);
      return url;
    }

    const ours =
      (workers: number, concurrency: number): Measure =>
      async (scratch) => {
        pending ??= makeTemplate();
        const url = await databaseFor(scratch, await pending);
        const env = { WORKER_CONCURRENCY: String(concurrency), PROCESSING_TIME_MS: '0' };
        const running = await Promise.all(
          Array.from({ length: workers }, () => startWorker(scratch, url, env)),
        );
        await waitForEndOn(url, orders);
        for (const worker of running) await worker.finish();
        await verifyCompletedOn(url, orders);
        return { [figure]: await completionRateOn(url) };
      };

    const peer =
      (name: string): Measure =>
      async (scratch) => ({
        [figure]: await drainByPeer(scratch, name, orders, await databaseFor(scratch)),
      });

    const best = 'ours, two workers, concurrency 1,000';
    const graphile = 'graphile-worker, fastest settings';
    const boss = 'pg-boss, batches of 1,000';
    await bench.compare({
      title: 'draining on PostgreSQL',
      figures: { [figure]: 'more' },
      variants: {
        [best]: ours(2, 1000),
        'ours, one worker, concurrency 1,000': ours(1, 1000),
        'ours, one worker, concurrency 100': ours(1, 100),
        [graphile]: peer('graphile-worker'),
        [boss]: peer('pg-boss'),
      },
      targets: [
        { of: best, beside: graphile, figure, atLeast: 1 },
        { of: best, beside: boss, figure, atLeast: 1 },
      ],
    });

    const connections = 64;
    const placed: Measure = async (scratch) => {
      const url = await databaseFor(scratch);
      const api = await startApi(scratch, url);
      const warm = await placeOverHttp(scratch, api.url, { connections, seconds: 1 });
      const load = await placeOverHttp(scratch, api.url, { connections, seconds: 3 });
      await api.finish();
      await verifyPlacedOn(url, warm.answered + load.answered, 2 * connections);
      return figures(load);
    };
    await bench.compare({
      title: `placing on PostgreSQL, ${connections} connections`,
      figures: { [figure]: 'more', ...latencies },
      variants: { ours: placed, [validated]: unkeptMeasure('express', 'validated')(connections) },
      targets: [{ of: 'ours', beside: validated, figure, atLeast: 0.6 }],
    });
  },
};
