import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark } from '../benchmark.ts';
import { makeEmpty } from '../orders.ts';
import { cpuSeconds } from '../proc.ts';
import { startApi, startWorker } from '../service.ts';

const seconds = 15;
const figure = '% of a core';

export const idle: Benchmark = {
  name: 'idle',
  title: 'CPU of a system that has nothing to do',
  how:
    `API and one worker that no order reaches: CPU time of both by /proc over ${seconds} s ` +
    'a run, which begins 3 s after they have started. The clock behind it ticks 100 times a second, ' +
    `so a run knows it to ${(1 / seconds).toFixed(2)} %.`,
  secondsPerRun: 22,
  run: (bench) =>
    bench.compare({
      title: 'API and one worker, idle',
      figures: { [figure]: 'less' },
      variants: {
        ours: async (scratch) => {
          const path = scratch.path('orders.db');
          await makeEmpty(path);
          const api = await startApi(scratch, path);
          const worker = await startWorker(scratch, path, { PROCESSING_TIME_MS: '0' });
          await sleep(3000);
          const used = () => cpuSeconds(api.pid) + cpuSeconds(worker.pid);
          const before = used();
          await sleep(seconds * 1000);
          const after = used();
          await Promise.all([api.finish(), worker.finish()]);
          return { [figure]: ((after - before) * 100) / seconds };
        },
      },
      targets: [{ of: 'ours', figure, atMost: 0.5 }],
    }),
};
