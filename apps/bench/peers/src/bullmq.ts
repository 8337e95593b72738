/** BullMQ, one worker with concurrency 100; completed jobs are kept, as they come. */
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

import { content, meter } from './rate.ts';

const [orders = 0, url = ''] = [Number(process.argv[2]), process.argv[3]];
const connection = new Redis(url, { maxRetriesPerRequest: null });
const queue = new Queue('orders', { connection });
const batch = 1000;
for (let first = 0; first < orders; first += batch) {
  await queue.addBulk(
    Array.from({ length: Math.min(batch, orders - first) }, (_, i) => ({
      name: 'order',
      data: content(first + i),
    })),
  );
}

const { process: count, all, report } = meter(orders);
const worker = new Worker('orders', async (job) => count(job.data), {
  connection,
  concurrency: 100,
});
await all;
const left = async () => {
  const { completed = 0 } = await queue.getJobCounts('completed');
  return orders - completed;
};
while ((await left()) > 0);
report(await left());
await worker.close();
await queue.close();
connection.disconnect();
