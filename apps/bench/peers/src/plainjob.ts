/** plainjob with its own settings (WAL, `synchronous = NORMAL`); a worker takes one job at a time. */
import Database from 'better-sqlite3';
import { better, defineQueue, defineWorker, JobStatus } from 'plainjob';

import { content, meter } from './rate.ts';

const [orders = 0, path = ''] = [Number(process.argv[2]), process.argv[3]];
// Its default logger writes five lines of debug a job to the console; nobody runs it so.
const logger = { error: console.error, warn: console.warn, info() {}, debug() {} };
const queue = defineQueue({ connection: better(new Database(path) as never), logger });
queue.addMany(
  'order',
  Array.from({ length: orders }, (_, i) => content(i)),
);

const { process: count, all, report } = meter(orders);
let left = orders;
const worker = defineWorker('order', async (job) => count(JSON.parse(job.data)), {
  queue,
  logger,
  onCompleted() {
    left -= 1;
    if (left > 0) return;
    void worker.stop();
    report(queue.countJobs({ status: JobStatus.Pending }));
  },
});
await worker.start();
await all;
queue.close();
