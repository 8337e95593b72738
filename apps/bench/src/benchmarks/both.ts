import type { Benchmark } from '../benchmark.ts';
import { placeOverHttp } from '../load.ts';
import { completedBetween, makeEmpty, ordersIn, verifyCompleted, waitForEnd } from '../orders.ts';
import { startApi, startWorker } from '../service.ts';

const [placed, completed] = ['placed/s', 'completed/s meanwhile'];

export const both: Benchmark = {
  name: 'both',
  title: 'Placing and draining at once',
  how:
    'API and one worker (concurrency 100, a processor that does nothing) on one file, POST /order/ ' +
    'over 64 connections for 4 s. Completions in that time are counted in the history. Checked: ' +
    'every answer is 201, and every order is completed once in the end.',
  secondsPerRun: 12,
  run: (bench) =>
    bench.compare({
      title: '64 connections, one worker with concurrency 100',
      figures: { [placed]: 'more', [completed]: 'more' },
      variants: {
        ours: async (scratch) => {
          const path = scratch.path('orders.db');
          await makeEmpty(path);
          const api = await startApi(scratch, path);
          const env = { WORKER_CONCURRENCY: '100', PROCESSING_TIME_MS: '0' };
          const worker = await startWorker(scratch, path, env);
          await placeOverHttp(scratch, api.url, { connections: 64, seconds: 1 });
          const begin = Date.now();
          const { perSecond } = await placeOverHttp(scratch, api.url, {
            connections: 64,
            seconds: 4,
          });
          const end = Date.now();
          await api.finish();
          const orders = ordersIn(path);
          await waitForEnd(path, orders);
          await worker.finish();
          verifyCompleted(path, orders);
          const rate = (completedBetween(path, begin, end) * 1000) / (end - begin);
          return { [placed]: perSecond, [completed]: rate };
        },
      },
    }),
};
