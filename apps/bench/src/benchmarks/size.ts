import { statSync } from 'node:fs';

import type { Benchmark } from '../benchmark.ts';
import { makeEmpty, makePending, pourInto, verifyCompleted, waitForEnd } from '../orders.ts';
import { startWorker } from '../service.ts';

const orders = 50_000;

export const size: Benchmark = {
  name: 'size',
  title: 'Size of the file',
  how:
    `${orders.toLocaleString('en')} orders with two items each, placed by packages/db and drained ` +
    'by a worker: bytes of the file for each order, with indexes and history, after the last ' +
    'process has closed it.',
  secondsPerRun: 12,
  run: (bench) =>
    bench.compare({
      title: 'one file',
      figures: { 'bytes an order': 'less' },
      variants: {
        'orders that wait': async (scratch) => {
          const path = scratch.path('orders.db');
          await makePending(path, orders);
          return { 'bytes an order': statSync(path).size / orders };
        },
        'orders that are completed': async (scratch) => {
          const [path, pending] = [scratch.path('orders.db'), scratch.path('pending.db')];
          await makePending(pending, orders);
          await makeEmpty(path);
          const env = { WORKER_CONCURRENCY: '100', PROCESSING_TIME_MS: '0' };
          const worker = await startWorker(scratch, path, env);
          pourInto(path, pending);
          await waitForEnd(path, orders);
          await worker.finish();
          verifyCompleted(path, orders);
          return { 'bytes an order': statSync(path).size / orders };
        },
      },
    }),
};
