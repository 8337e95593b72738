/** pg-boss, fetching and completing batches of 1,000, by several loops in one process. */
import pg from 'pg';
import { PgBoss } from 'pg-boss';

import { content, meter } from './rate.ts';

const [orders = 0, connectionString = '', loops = '2'] = [
  Number(process.argv[2]),
  ...process.argv.slice(3),
];
const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('orders');
const batch = 1000;
for (let first = 0; first < orders; first += batch) {
  const data = Array.from({ length: Math.min(batch, orders - first) }, (_, i) =>
    content(first + i),
  );
  await boss.insert(
    'orders',
    data.map((one) => ({ data: one })),
  );
}

const { process: count, report } = meter(orders);
async function drain() {
  for (;;) {
    const jobs = await boss.fetch<ReturnType<typeof content>>('orders', { batchSize: batch });
    if (jobs.length === 0) return;
    for (const job of jobs) count(job.data);
    await boss.complete(
      'orders',
      jobs.map((job) => job.id),
    );
  }
}
await Promise.all(Array.from({ length: Number(loops) }, drain));
const client = new pg.Client(connectionString);
await client.connect();
const { rows } = await client.query(
  `select count(*)::int as left from pgboss.job where name = 'orders' and state <> 'completed'`,
);
report(rows[0].left);
await client.end();
await boss.stop({ graceful: false });
