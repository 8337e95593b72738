import { setTimeout as sleep } from 'node:timers/promises';

import type { Benchmark, Measure } from '../benchmark.ts';
import { makeEmpty } from '../orders.ts';
import { freePort } from '../peers.ts';
import { startProgram } from '../service.ts';

const figure = 's to the first 201';

export const startup: Benchmark = {
  name: 'startup',
  title: 'Start-up of the API',
  how:
    'From the start of the process, as the Procfile has it, to the first 201; a client tries again ' +
    'each 2 ms until it is let in. Once with a file that is there, once with none.',
  secondsPerRun: 6,
  run: (bench) =>
    bench.compare({
      title: 'API',
      figures: { [figure]: 'less' },
      variants: {
        'a file that is there': startWith(makeEmpty),
        'no file': startWith(async () => {}),
      },
    }),
};

function startWith(make: (path: string) => Promise<void>): Measure {
  return async (scratch) => {
    const path = scratch.path('orders.db');
    await make(path);
    const port = await freePort();
    const begin = performance.now();
    const env = { DATABASE_URL: `file:${path}`, PORT: String(port) };
    const api = startProgram(scratch, 'api', env);
    await firstPlaced(`http://127.0.0.1:${port}/order/`);
    const seconds = (performance.now() - begin) / 1000;
    await api.finish();
    return { [figure]: seconds };
  };
}

async function firstPlaced(url: string): Promise<void> {
  const order = { order_id: 'order-1', user_id: 'user_1', item_ids: 'item_1', total_amount: 1 };
  const init = {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  };
  const giveUpAt = performance.now() + 30_000;
  while (performance.now() < giveUpAt) {
    const answer = await fetch(url, init).catch(() => undefined);
    if (answer?.status === 201) return;
    if (answer) throw new Error(`the first answer was ${answer.status}`);
    await sleep(2);
  }
  throw new Error('nothing was placed within 30 s');
}
