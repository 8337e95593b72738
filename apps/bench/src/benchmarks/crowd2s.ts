import type { Benchmark } from '../benchmark.ts';
import { lastCompletion, makeEmpty, verifyCompleted, waitForEnd } from '../orders.ts';
import { startApi, startWorker } from '../service.ts';

const orders = 10_000;
const connections = 64;
const figure = 's from the last 201 to the last completion';

export const crowd2s: Benchmark = {
  name: 'crowd2s',
  title: '10,000 orders of 2 seconds each, at once',
  how:
    '10,000 orders over 64 connections; one worker with concurrency 10,000 whose built-in processor ' +
    'takes its 2 s for each. Checked: every answer is 201, every order is completed once.',
  secondsPerRun: 8,
  run: (bench) =>
    bench.compare({
      title: 'one worker, concurrency 10,000',
      figures: { [figure]: 'less' },
      variants: {
        ours: async (scratch) => {
          const path = scratch.path('orders.db');
          await makeEmpty(path);
          const api = await startApi(scratch, path);
          const worker = await startWorker(scratch, path, { WORKER_CONCURRENCY: String(orders) });
          const lastPost = await placeAll(api.url);
          await waitForEnd(path, orders);
          await Promise.all([api.finish(), worker.finish()]);
          verifyCompleted(path, orders);
          return { [figure]: (lastCompletion(path) - lastPost) / 1000 };
        },
      },
      targets: [{ of: 'ours', figure, atMost: 4 }],
    }),
};

/** @returns when the last 201 was there, in milliseconds since 1970 */
async function placeAll(url: string): Promise<number> {
  let next = 0;
  async function placeOneByOne() {
    while (next < orders) {
      next += 1;
      const order_id = `order-${next}`;
      const answer = await fetch(`${url}/order/`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ order_id, user_id: 'user_1', item_ids: 'item_1', total_amount: 1 }),
      });
      await answer.arrayBuffer();
      if (answer.status !== 201) throw new Error(`${order_id}: ${answer.status}`);
    }
  }
  await Promise.all(Array.from({ length: connections }, placeOneByOne));
  return Date.now();
}
