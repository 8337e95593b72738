import { copyFileSync, createReadStream } from 'node:fs';
import {
  closeDatabase,
  type Database,
  findOrder,
  findOrders,
  openDatabase,
  placeOrders,
  readMetrics,
} from '@orders/db';
import type { Bench, Benchmark, Target } from '../benchmark.ts';
import { bigFileId, jumping, makeBig } from '../big-file.ts';
import { placeOverHttp } from '../load.ts';
import { completionRate, fileCache, newOrder, verifyCompleted, waitForEnd } from '../orders.ts';
import type { Scratch } from '../scratch.ts';
import { startApi, startWorker } from '../service.ts';

const thousand = '1 thousand';
const figures = {
  'orders/s placed over HTTP, ids that grow': 'more',
  'orders/s placed over HTTP, ids that jump': 'more',
  'orders/s placed by packages/db, ids that grow': 'more',
  'orders/s placed by packages/db, ids that jump': 'more',
  'orders/s drained': 'more',
  'metrics/s': 'more',
  'pages of 20/s': 'more',
  'orders/s read': 'more',
} as const;

const how =
  'Files with that many completed orders, made by SQL with history and counters that agree, 100 ' +
  'thousand users. In each, once the system has read the file: POST /order/ over 64 connections for ' +
  '3 s with ids that jump about, as UUIDs of version 4 do, after 3 s of the same to warm up, and for ' +
  '3 s with ids that grow, as numbers and UUIDs of version 7 do; more by packages/db in groups of 100, ' +
  'to 300,000, the first half with ids that jump, the second with ids that grow; all of them drained by ' +
  'one worker with concurrency 100, which is what the rate of completions is of; then, by ' +
  'packages/db within one process, metrics, the newest 20 orders, and single orders by id, for ' +
  '0.5 s each. A file below a million is a fresh copy for each run; a larger one goes on growing by ' +
  '300,000 a run. ' +
  'Checked after each run: each order is completed once; orders, history and counters agree.';

export const growth: Benchmark = {
  name: 'growth',
  title: 'The same with a thousand, a hundred thousand and a million orders in the file',
  how,
  secondsPerRun: 60,
  run: (bench) =>
    compareSizes(bench, { [thousand]: 1000, '100 thousand': 1e5, '1 million': 1e6 }, '1 million'),
};

export const growth10m: Benchmark = {
  name: 'growth10m',
  title: 'The same with a thousand and ten million orders in the file',
  how,
  secondsPerRun: 150,
  onlyWhenAsked: true,
  run: (bench) => compareSizes(bench, { [thousand]: 1000, '10 million': 1e7 }, '10 million'),
};

async function compareSizes(bench: Bench, sizes: Record<string, number>, largest: string) {
  const cached = fileCache(bench.scratch);
  const inFile = new Map<string, number>();
  const target = (figure: keyof typeof figures, atLeast: number): Target => ({
    of: largest,
    beside: thousand,
    figure,
    atLeast,
  });

  const measure = (size: number) => async (scratch: Scratch) => {
    const made = await cached(`big-${size}`, (file) => makeBig(file, size));
    const path = size < 1e6 ? scratch.path('orders.db') : made;
    if (path !== made) copyFileSync(made, path);
    const before = inFile.get(path) ?? size;
    const result = await measureAll(scratch, path, size, before);
    inFile.set(path, result.orders);
    return result.figures;
  };

  await bench.compare({
    title: 'orders in the file',
    figures,
    variants: Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, measure(size)]),
    ),
    targets: [
      target('orders/s placed over HTTP, ids that grow', 0.7),
      target('orders/s placed over HTTP, ids that jump', 0.7),
      target('orders/s placed by packages/db, ids that grow', 0.7),
      target('orders/s placed by packages/db, ids that jump', 0.7),
      target('orders/s drained', 0.9),
      target('metrics/s', 0.8),
      { of: largest, figure: 'metrics/s', atLeast: 1000 },
    ],
  });
}

/** As many in each file: a worker gets warm while it drains. */
const ordersToDrain = 300_000;
let rounds = 0;

async function measureAll(scratch: Scratch, path: string, made: number, before: number) {
  rounds += 1;
  await readThrough(path);
  const api = await startApi(scratch, path);
  const place = async (ids: 'place' | 'scatter') =>
    (await placeOverHttp(scratch, api.url, { connections: 64, seconds: 3 }, ids)).perSecond;
  await place('scatter');
  const overHttp = { jump: await place('scatter'), grow: await place('place') };
  await api.finish();

  const database = await openDatabase(`file:${path}`);
  const { pendingOrders } = await readMetrics(database);
  const name = `round${rounds}-${process.pid}`;
  const half = Math.floor((ordersToDrain - pendingOrders) / 2);
  const byPackage = {
    jump: await placeByPackage(database, half, (n) => `${jumping(n)}-${name}-${n}`),
    grow: await placeByPackage(database, half, (n) => `grow-${name}-${n}`),
  };
  const { totalOrders: orders } = await readMetrics(database);

  const env = { WORKER_CONCURRENCY: '100', PROCESSING_TIME_MS: '0' };
  const worker = await startWorker(scratch, path, env);
  await waitForEnd(path, orders);
  await worker.finish();
  verifyCompleted(path, orders);

  const one = () => findOrder(database, bigFileId(Math.floor(Math.random() * made)));
  const result = {
    'orders/s placed over HTTP, ids that grow': overHttp.grow,
    'orders/s placed over HTTP, ids that jump': overHttp.jump,
    'orders/s placed by packages/db, ids that grow': byPackage.grow,
    'orders/s placed by packages/db, ids that jump': byPackage.jump,
    'orders/s drained': completionRate(path, orders - before),
    'metrics/s': await rate(() => readMetrics(database)),
    'pages of 20/s': await rate(() => findOrders(database, {}, 20)),
    'orders/s read': await rate(one),
  };
  await closeDatabase(database);
  return { figures: result, orders };
}

/** Has the system keep the file in memory: what nobody asked for meanwhile it may have let go. */
async function readThrough(path: string): Promise<void> {
  for await (const _ of createReadStream(path, { highWaterMark: 2 ** 20 }));
}

/** @param idOf - of the order with this number */
async function placeByPackage(
  database: Database,
  orders: number,
  idOf: (number: number) => string,
): Promise<number> {
  const begin = performance.now();
  for (let first = 0; first < orders; first += 100) {
    const group = Array.from({ length: Math.min(100, orders - first) }, (_, i) => {
      const number = first + i;
      return { ...newOrder(number), orderId: idOf(number) };
    });
    const placements = await placeOrders(database, group);
    if (placements.some((one) => one !== 'placed')) throw new Error('an order was not placed');
  }
  return (orders * 1000) / (performance.now() - begin);
}

/** @returns calls a second; each must find something */
async function rate(call: () => Promise<unknown>): Promise<number> {
  for (let warmUp = 0; warmUp < 200; warmUp += 1) await call();
  const begin = performance.now();
  let calls = 0;
  while (performance.now() - begin < 500) {
    if ((await call()) === undefined) throw new Error('nothing was found');
    calls += 1;
  }
  return (calls * 1000) / (performance.now() - begin);
}
