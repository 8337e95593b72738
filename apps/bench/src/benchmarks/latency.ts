import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark } from '../benchmark.ts';
import { quantile } from '../figures.ts';
import { makeEmpty, verifyCompleted, waitForEnd } from '../orders.ts';
import { startApi, startWorker } from '../service.ts';

const orders = 300;

export const latency: Benchmark = {
  name: 'latency',
  title: 'From the 201 to the start of work, on a system that is idle',
  how:
    `${orders} orders a run, one after another, 20 to 40 ms apart; the client notes when the 201 ` +
    'is there, a processor of its own (PROCESSOR) when it is called, both by the clock of the ' +
    'machine to the microsecond. Work that began before the client had its answer counts as 0.',
  secondsPerRun: 16,
  run: (bench) =>
    bench.compare({
      title: 'API and one worker, an order every 20 to 40 ms',
      figures: { 'p50 ms': 'less', 'p99 ms': 'less', 'max ms': 'less' },
      variants: {
        ours: async (scratch) => {
          const path = scratch.path('orders.db');
          const starts = scratch.path('starts');
          await makeEmpty(path);
          const api = await startApi(scratch, path);
          const PROCESSOR = join(import.meta.dirname, '../note-start.ts');
          const worker = await startWorker(scratch, path, { PROCESSOR, STARTS_FILE: starts });
          const accepted = new Map<string, number>();
          for (let i = 0; i < orders + warmUp; i += 1) {
            await sleep(20 + Math.random() * 20);
            const order_id = `order-${i}`;
            const answer = await post(api.url, order_id);
            accepted.set(order_id, answer);
          }
          await waitForEnd(path, orders + warmUp);
          await Promise.all([api.finish(), worker.finish()]);
          verifyCompleted(path, orders + warmUp);
          const waits = readFileSync(starts, 'utf8')
            .trim()
            .split('\n')
            .slice(warmUp)
            .map((line) => {
              const [id = '', at] = line.split(' ');
              return Math.max(0, Number(at) - (accepted.get(id) ?? Number.NaN));
            });
          if (waits.length !== orders) throw new Error(`${waits.length} starts were noted`);
          const of = (q: number) => quantile(waits, q) as number;
          return { 'p50 ms': of(0.5), 'p99 ms': of(0.99), 'max ms': of(1) };
        },
      },
      targets: [
        { of: 'ours', figure: 'p50 ms', atMost: 2 },
        { of: 'ours', figure: 'p99 ms', atMost: 10 },
      ],
    }),
};

const warmUp = 20;

/** @returns when the 201 was there, in milliseconds since 1970, with fractions */
async function post(url: string, order_id: string): Promise<number> {
  const answer = await fetch(`${url}/order/`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ order_id, user_id: 'user_1', item_ids: 'item_1', total_amount: 9.99 }),
  });
  const at = performance.timeOrigin + performance.now();
  if (answer.status !== 201) throw new Error(`${order_id}: ${answer.status}`);
  await answer.arrayBuffer();
  return at;
}
