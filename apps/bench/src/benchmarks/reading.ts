import { writeFileSync } from 'node:fs';
import type { Bench, Benchmark, Measure } from '../benchmark.ts';
import { bigFileId, makeBig } from '../big-file.ts';
import { getOverHttp } from '../load.ts';
import { startApi, startServer } from '../service.ts';

const orders = 100_000;
/** Less than there are orders: with each number there is a user, too. */
const users = 99_991;
const figure = 'answers/s';
const beside = 'Express, the same answer from memory';

export const read: Benchmark = reading({
  name: 'read',
  title: 'Reading one order',
  what: 'GET /order/{order_id} of any of them',
  paths: { 'one order': '/order/{id}' },
});

export const metrics: Benchmark = reading({
  name: 'metrics',
  title: 'Reading the metrics',
  what: 'GET /metrics/',
  paths: { metrics: '/metrics/' },
});

export const lists: Benchmark = reading({
  name: 'lists',
  title: 'Reading lists of orders',
  what: 'GET /order/, the first page',
  paths: {
    'the newest 100': '/order/?limit=100',
    'the newest 20 of a user': '/order/?user_id=user_{n}&limit=20',
  },
});

interface Reading {
  readonly name: string;
  readonly title: string;
  readonly what: string;
  readonly paths: Readonly<Record<string, string>>;
}

/** One comparison for each path, over 16 connections, on a file with many orders. */
function reading({ name, title, what, paths }: Reading): Benchmark {
  return {
    name,
    title,
    how:
      `${what}, over 16 connections for 2 s, with ${orders.toLocaleString('en')} orders in the ` +
      'file; client and server share the cores. Beside it plain Express with one such answer ' +
      'ready in memory. Checked: every answer is 200.',
    secondsPerRun: 10 * Object.keys(paths).length,
    async run(bench: Bench) {
      const path = bench.scratch.path('orders.db');
      await makeBig(path, orders);
      for (const [compared, asked] of Object.entries(paths)) {
        await bench.compare({
          title: compared,
          figures: { [figure]: 'more', 'p50 ms': 'less', 'p99 ms': 'less' },
          variants: { ours: ours(path, asked), [beside]: fromMemory(path, asked) },
        });
      }
    },
  };
}

function ours(file: string, path: string): Measure {
  return async (scratch) => {
    const api = await startApi(scratch, file);
    const load = await ask(scratch, api.url, path);
    await api.finish();
    return load;
  };
}

function fromMemory(file: string, path: string): Measure {
  return async (scratch) => {
    const api = await startApi(scratch, file);
    const answer = await fetch(api.url + path.replace('{id}', bigFileId(1)).replace('{n}', '1'));
    const text = await answer.text();
    await api.finish();
    writeFileSync(scratch.path('answer'), text);
    const server = await startServer(scratch, 'express-answer', scratch.path('answer'));
    const load = await ask(scratch, server.url, path);
    await server.stop();
    return load;
  };
}

async function ask(scratch: Parameters<Measure>[0], url: string, path: string) {
  const warm = { connections: 16, seconds: 1 };
  await getOverHttp(scratch, url, warm, path, users);
  const load = await getOverHttp(scratch, url, { connections: 16, seconds: 2 }, path, users);
  return { [figure]: load.perSecond, 'p50 ms': load.p50Ms, 'p99 ms': load.p99Ms };
}
