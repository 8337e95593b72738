/**
 * In the place of wrk, where that is not installed: a Node program that does the same. It takes
 * more of the machine for itself, so the absolute figures are lower.
 *
 *     placing-client URL CONNECTIONS SECONDS PREFIX
 */
import { Agent, request } from 'node:http';

import { quantile } from './figures.ts';

const [base = '', connections = '', seconds = '', prefix = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const url = new URL('/order/', base);
const times: number[] = [];
const counts = { placed: 0, refused: 0, errors: 0 };
let sent = 0;

const begin = performance.now();
const until = begin + Number(seconds) * 1000;
await Promise.all(Array.from({ length: Number(connections) }, sendOneByOne));
const ms = performance.now() - begin;
const [p50Ms, p99Ms] = [quantile(times, 0.5), quantile(times, 0.99)];
process.stdout.write(`\n${JSON.stringify({ ...counts, ms, p50Ms, p99Ms })}\n`);
process.exit(0);

async function sendOneByOne(): Promise<void> {
  while (performance.now() < until) {
    const at = performance.now();
    const status = await send().catch(() => undefined);
    times.push(performance.now() - at);
    if (status === 201) counts.placed += 1;
    else if (status === undefined) counts.errors += 1;
    else counts.refused += 1;
  }
}

function send(): Promise<number | undefined> {
  sent += 1;
  const body = JSON.stringify({
    order_id: `${prefix}-${sent}`,
    user_id: `user_${sent % 99_991}`,
    item_ids: 'item_1,item_2',
    total_amount: 99.99,
  });
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    };
    request(url, { agent, method: 'POST', headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    })
      .once('error', reject)
      .end(body);
  });
}
