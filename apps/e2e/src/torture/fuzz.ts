import { type Database, readMetrics } from '@orders/db';
import fc from 'fast-check';

import { createContractCheck } from '../contract-check.ts';
import { orderBody } from '../shop.ts';
import { createJudge } from './fuzz/judge.ts';
import { requestsOf } from './fuzz/requests.ts';
import { type FuzzedSending, sendingsOf } from './fuzz/sendings.ts';
import { createWire } from './fuzz/wire.ts';

export interface FuzzOptions {
  /** Where the API listens, on 127.0.0.1. */
  readonly port: number;
  /** A look at its database from outside. Nobody else may write to it, workers included. */
  readonly database: Database;
  readonly seed: number;
  /** How many sendings; one in ten of them has several requests. */
  readonly requests: number;
}

export interface FuzzReport {
  /** Answers by their status. */
  readonly statuses: Record<number, number>;
  readonly answers: number;
  readonly orders: number;
  /** What went wrong and the smallest sending found that shows it; undefined when nothing did. */
  readonly fault: string | undefined;
}

/**
 * Sends an API what the contract allows, what it nearly allows and what is no HTTP, one after the
 * other; the same again for the same seed. Held to be a fault: no answer to what is whole, an
 * answer that is not in the contract, any 5xx, and orders or events that have become more by
 * other than what the answers say.
 */
export async function fuzz({ port, database, seed, requests }: FuzzOptions): Promise<FuzzReport> {
  const check = createContractCheck();
  const judge = createJudge(check);
  const wire = createWire(port);
  const statuses: Record<number, number> = {};
  let answered = 0;
  await writesAreDone(wire);
  let known = await stateOf(database);

  async function send(sending: FuzzedSending): Promise<void> {
    const { answers, rest, closed } = await wire.exchange(sending);
    const faults: string[] = [];
    const least = { orders: 0, events: 0 };
    const most = { orders: 0, events: 0 };
    for (const [i, answer] of answers.entries()) {
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      answered += 1;
      const request = sending.requests[i];
      const fault = judge.fault(answer, request);
      if (fault) faults.push(`answer ${i}: ${fault}`);
      if (request === undefined) continue;
      const { orders, events } = judge.growth(answer, request);
      least.orders += orders;
      most.orders += orders;
      least.events += events[0];
      most.events += events[1];
    }
    if (sending.until === 'answers') {
      const wantsEnd = answers.at(-1)?.header('Connection') === 'close';
      if (answers.length < sending.requests.length && !wantsEnd) {
        faults.push(`${answers.length} answers, ${closed ? 'then cut off' : 'then silence'}`);
      }
      if (rest !== '') faults.push(`behind the last answer: ${rest.slice(0, 200)}`);
    } else if (!closed) faults.push('the connection was not closed');

    const unanswered = answers.length < sending.requests.length || sending.until !== 'answers';
    if (unanswered) await writesAreDone(wire);
    const now = await stateOf(database, known);
    const orders = now.orders - known.orders;
    const events = now.events - known.events;
    known = now;
    const mayGrow = unanswered && !sending.breaksOff;
    const fits =
      orders >= least.orders &&
      events >= least.events &&
      (mayGrow || (orders <= most.orders && events <= most.events));
    if (!fits) faults.push(`${orders} orders and ${events} events more than before`);
    if (faults.length > 0) throw new Error(faults.join('\n'));
  }

  const property = fc.asyncProperty(sendingsOf(requestsOf(check.document)), send);
  const found = await fc.check(property, { seed, numRuns: requests });
  wire.close();
  const rows = await database.reader
    .selectFrom('orders')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  const lost = rows.count === known.orders ? undefined : `${rows.count} rows, ${known.orders} told`;
  const { orders } = known;
  return { statuses, answers: answered, orders, fault: found.failed ? told(found) : lost };
}

/** How many orders and events there are, counted on from an earlier state. */
async function stateOf(database: Database, before = { orders: 0, events: 0, run: 0 }) {
  const { totalOrders } = await readMetrics(database);
  const { events, run } = await database.reader
    .selectFrom('event_runs')
    .select(({ fn }) => [fn.sum<number | null>('orders').as('events'), fn.max('run').as('run')])
    .where('run', '>', before.run)
    .executeTakeFirstOrThrow();
  return { orders: totalOrders, events: before.events + (events ?? 0), run: run ?? before.run };
}

/**
 * Orders are placed one after the other, and so is everything else written: what comes last of each
 * waits for what came before.
 */
async function writesAreDone(wire: ReturnType<typeof createWire>): Promise<void> {
  for (const { method, bytes, done } of [ready, placedBefore]) {
    const sending = { bytes, methods: [method], cuts: [], pauseMs: 0, until: 'answers' } as const;
    let status: number | undefined;
    do status = (await wire.exchange(sending)).answers[0]?.status;
    while (status === 503);
    if (!done.includes(status ?? 0)) throw new Error(`${method} was answered with ${status}`);
  }
}

const ready = {
  method: 'GET',
  done: [200],
  bytes: Buffer.from('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n'),
};

const body = JSON.stringify(orderBody('placed-before'));
const placedBefore = {
  method: 'POST',
  done: [201, 409],
  bytes: Buffer.from(
    'POST /order/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  ),
};

function told(found: fc.RunDetailsCommon<[FuzzedSending]>): string {
  const [sending] = found.counterexample ?? [];
  const { error } = found as { error?: string };
  const { bytes, ...rest } = sending ?? { bytes: Buffer.alloc(0) };
  return [
    `${found.errorInstance instanceof Error ? found.errorInstance.message : error}`,
    `seed ${found.seed}, after ${found.numRuns} sendings, ${found.numShrinks} times made smaller`,
    JSON.stringify({ ...rest, requests: undefined }),
    bytes.toString('latin1').slice(0, 4000),
  ].join('\n');
}
