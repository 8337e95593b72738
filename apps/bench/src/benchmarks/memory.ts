import type { Benchmark } from '../benchmark.ts';
import { placeOverHttp } from '../load.ts';
import { makeEmpty, ordersIn, verifyCompleted, waitForEnd } from '../orders.ts';
import { peakMiB, residentMiB } from '../proc.ts';
import { startApi, startWorker } from '../service.ts';

export const memory: Benchmark = {
  name: 'memory',
  title: 'Memory',
  how:
    'Resident memory of API and worker (concurrency 100) by /proc: when they have started, and the ' +
    'most it ever was while orders were placed over 64 connections for 5 s and drained.',
  secondsPerRun: 12,
  run: (bench) =>
    bench.compare({
      title: 'API and one worker',
      figures: {
        'MiB, API started': 'less',
        'MiB, worker started': 'less',
        'MiB, API at most': 'less',
        'MiB, worker at most': 'less',
      },
      variants: {
        ours: async (scratch) => {
          const path = scratch.path('orders.db');
          await makeEmpty(path);
          const api = await startApi(scratch, path);
          const env = { WORKER_CONCURRENCY: '100', PROCESSING_TIME_MS: '0' };
          const worker = await startWorker(scratch, path, env);
          const started = [residentMiB(api.pid), residentMiB(worker.pid)] as const;
          await placeOverHttp(scratch, api.url, { connections: 64, seconds: 5 });
          const apiPeak = peakMiB(api.pid);
          await api.finish();
          const orders = ordersIn(path);
          await waitForEnd(path, orders);
          const workerPeak = peakMiB(worker.pid);
          await worker.finish();
          verifyCompleted(path, orders);
          return {
            'MiB, API started': started[0],
            'MiB, worker started': started[1],
            'MiB, API at most': apiPeak,
            'MiB, worker at most': workerPeak,
          };
        },
      },
    }),
};
