/**
 * In the place of wrk, where that is not installed: a Node program that does the same. It takes
 * more of the machine for itself, so the absolute figures are lower.
 *
 *     load-client URL CONNECTIONS SECONDS, and as for load.lua
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

import { bigFileId, jumping } from './big-file.ts';
import { quantile } from './figures.ts';

const [url = '', connections = '', seconds = '', kind, name = '', last = ''] =
  process.argv.slice(2);
const limit = kind === 'get' ? Number(last) : 0;
const tokens = kind === 'get' || last === '' ? [] : readFileSync(last, 'utf8').trim().split('\n');
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const times: number[] = [];
const counts = { answered: 0, refused: 0, errors: 0 };
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
    const status = await (kind === 'get' ? get() : place()).catch(() => undefined);
    times.push(performance.now() - at);
    if (status === undefined) counts.errors += 1;
    else if (status === (kind === 'get' ? 200 : 201)) counts.answered += 1;
    else counts.refused += 1;
  }
}

function get(): Promise<number | undefined> {
  const n = Math.floor(Math.random() * limit);
  return send('GET', name.replaceAll('{n}', String(n)).replaceAll('{id}', bigFileId(n)));
}

function place(): Promise<number | undefined> {
  sent += 1;
  const order = {
    order_id: `${kind === 'scatter' ? `${jumping(sent)}-` : ''}${name}-${sent}`,
    user_id: `user_${sent % 99_991}`,
    item_ids: 'item_1,item_2',
    total_amount: 99.99,
  };
  return send('POST', '/order/', JSON.stringify(order));
}

function send(method: string, path: string, body = ''): Promise<number | undefined> {
  const token = tokens[sent % tokens.length];
  const headers = {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(method !== 'GET' && {
      ...{ 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    }),
  };
  return new Promise((resolve, reject) => {
    request(new URL(path, url), { agent, method, headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode));
    })
      .once('error', reject)
      .end(body);
  });
}
