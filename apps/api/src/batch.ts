import type { Readable } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { components, operations } from '@orders/contract';
import type { Database, Placer } from '@orders/db';
import type { Log } from '@orders/runtime';
import { type Request, type Response, Router } from 'express';
import { onlyOf } from './auth/caller.ts';
import { expiryOf, leftMs, tokenExpired } from './auth/expiry.ts';
import { countResults, placeEach, placeTogether, type Result, statusOf } from './batch-results.ts';
import { longestBatch } from './body.ts';
import type { CompiledContract } from './compiled-contract.ts';
import { asProblem } from './errors.ts';
import type { Backlog } from './limits/backlog.ts';
import { linesOf } from './lines.ts';
import { Problem, pathOf, problemAnswer } from './problems.ts';
import type { Row } from './rows.ts';

type Query = NonNullable<operations['placeOrders']['parameters']['query']>;
/** The validator does not look into the orders. */
type BatchRequest = Request<object, unknown, { orders: unknown[] }, Query>;

/** Orders placed in one go at the most. */
const maxGroup = 500;
/** How long rows are read until others get their turn, in milliseconds. */
const longestTurnMs = 10;
const mostTogether = 10_000;

interface BatchParts {
  database: Database;
  placer: Placer;
  backlog: Backlog;
  log: Log;
  stopping: AbortSignal;
  contract: CompiledContract;
}

export function batchRoutes(parts: BatchParts): Router {
  const { database, placer, backlog, log, stopping } = parts;
  const reader = parts.contract.rows;
  const routes = Router();

  routes.post('/order/batch', async (req: BatchRequest, res) => {
    const together = req.query.error_policy === 'reject_everything';
    if (req.is('application/x-ndjson')) await answerLines(req, res, together);
    else await answerJson(req.body.orders, res, together);
  });

  async function answerJson(
    orders: unknown[],
    res: Response<components['schemas']['BatchAnswer']>,
    together: boolean,
  ): Promise<void> {
    const { requestId } = res.locals;
    const only = onlyOf(res);
    const rows = inGroups(orders, (value, index) =>
      reader.read(value, { index, place: `/orders/${index}`, requestId, only }),
    );
    const count = countResults();
    const results: Result[] = [];
    for await (const group of settle(rows, together)) {
      count.add(group);
      results.push(...group);
    }
    res.status(statusOf(count.summary)).json({ ...count.summary, results });
  }

  async function answerLines(req: BatchRequest, res: Response, together: boolean): Promise<void> {
    const { requestId } = res.locals;
    // What is not read of the request when the answer ends is not worth waiting for.
    res.set({ 'Content-Type': 'application/x-ndjson', Connection: 'close' });
    if (!together) res.flushHeaders();
    const count = countResults();
    try {
      for await (const group of settle(rowsOfLines(req, res, together), together)) {
        count.add(group);
        await send(res, group);
        if (res.closed) return;
      }
      res.end(asLine(count.summary));
    } catch (error) {
      if (res.closed) return;
      if (!res.headersSent) throw error;
      res.end(asLine(problemAnswer(asProblem(error, log, requestId), pathOf(req), requestId)));
    }
  }

  async function* rowsOfLines(
    req: Readable,
    res: Response,
    together: boolean,
  ): AsyncGenerator<Row[]> {
    const { requestId } = res.locals;
    const only = onlyOf(res);
    const ends = AbortSignal.any([stopping, expiryOf(res)]);
    const mostBytes = together ? longestBatch : Number.POSITIVE_INFINITY;
    let index = 0;
    for await (const lines of linesOf(req, ends, mostBytes)) {
      const groups = inGroups(lines, (line) => {
        const row = reader.readLine(line, { index, place: `/${index}`, requestId, only });
        index += 1;
        return row;
      });
      for await (const group of groups) {
        // There may be thousands of groups before a timer has its turn.
        if (leftMs(res) < 1) throw tokenExpired();
        yield group;
      }
    }
  }

  /** The results of rows, in their order, as soon as they are known. */
  async function* settle(
    groups: AsyncIterable<Row[]>,
    together: boolean,
  ): AsyncGenerator<Result[]> {
    if (!together) {
      for await (const rows of groups) yield await admit(rows, () => placeEach(placer, rows));
      return;
    }
    const rows: Row[] = [];
    for await (const group of groups) {
      rows.push(...group);
      if (rows.length <= mostTogether) continue;
      const detail = `A batch placed all or none may have ${mostTogether} orders`;
      throw new Problem('body-too-large', detail);
    }
    yield await admit(rows, () => placeTogether(database, rows));
  }

  function admit<T>(rows: readonly Row[], place: () => Promise<T>): Promise<T> {
    return backlog.admit(rows.filter(({ order }) => order).length, place);
  }

  return routes;
}

/** The values as rows, in groups: as many as may go together, or as could be read in one turn. */
async function* inGroups<T>(
  values: readonly T[],
  read: (value: T, index: number) => Row,
): AsyncGenerator<Row[]> {
  let group: Row[] = [];
  let began = performance.now();
  for (const [index, value] of values.entries()) {
    group.push(read(value, index));
    const turnIsOver = performance.now() - began > longestTurnMs;
    if (group.length < maxGroup && !turnIsOver) continue;
    yield group;
    group = [];
    if (turnIsOver) await turnOfTheLoop();
    began = performance.now();
  }
  if (group.length > 0) yield group;
}

/** Resolves when more may be sent, or when nobody is there any more. */
async function send(res: Response, results: readonly Result[]): Promise<void> {
  if (res.write(results.map(asLine).join('')) || res.closed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      res.off('drain', done).off('close', done);
      resolve();
    };
    res.on('drain', done).on('close', done);
  });
}

function asLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
