/**
 * graphile-worker with the settings that its documentation gives for the highest rate.
 * https://worker.graphile.org/docs/performance
 */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';

import { content, meter } from './rate.ts';

const [orders = 0, connectionString = ''] = [Number(process.argv[2]), process.argv[3]];
const logger = new Logger(() => (level, message) => {
  if (level === 'error' || level === 'warning') console.error(message);
});
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.migrate();
const batch = 10_000;
for (let first = 0; first < orders; first += batch) {
  await utils.addJobs(
    Array.from({ length: Math.min(batch, orders - first) }, (_, i) => ({
      identifier: 'order',
      payload: content(first + i),
    })),
  );
}
await utils.release();
const client = new pg.Client(connectionString);
await client.connect();
await client.query('vacuum analyze');

const { process: count, all, report } = meter(orders);
const runner = await run({
  taskList: { order: async (payload) => count(payload as { order_id: string }) },
  preset: {
    worker: {
      connectionString,
      concurrentJobs: 24,
      maxPoolSize: 25,
      localQueue: { size: 500 },
      completeJobBatchDelay: 0,
      failJobBatchDelay: 0,
    },
  },
  logger,
  noHandleSignals: true,
});
await all;
const left = async () => {
  const { rows } = await client.query(
    'select count(*)::int as left from graphile_worker._private_jobs',
  );
  return rows[0].left as number;
};
while ((await left()) > 0);
report(await left());
await runner.stop();
await client.end();
