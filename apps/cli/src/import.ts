import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '@orders/contract';
import { unlessAborted } from '@orders/runtime';

import { type Batch, type BatchResult, openBatch } from './batch.ts';
import { compareWithPlaced } from './compare.ts';
import { exit, Failure, isUnavailable } from './failure.ts';
import { type Row, readRow } from './row.ts';
import { createRowSource } from './row-source.ts';
import { refusal, type Service } from './service.ts';
import type { Terminal } from './terminal.ts';

/** What became of a row. */
export type Fate =
  | { readonly is: 'created' }
  /** The very same order had been accepted before, as by an import that was interrupted. */
  | { readonly is: 'there' }
  | { readonly is: 'refused'; readonly error: RowProblem };

/** Where an import ended. */
export interface ImportEnd {
  /** The line from which on rows have no fate yet; null when all have. */
  readonly nextLine: number | null;
  /** Why it did not come to its end; undefined when it did, or was told to stop. */
  readonly failure?: Failure | undefined;
}

export type RowProblem = Pick<components['schemas']['RowProblem'], 'detail'> &
  Partial<components['schemas']['RowProblem']>;

type Problem = components['schemas']['Problem'];

/** Tries in a row without a single result, and the pauses between them. */
const maxTries = 8;
const pauseMs = (tries: number) => Math.min(5000, 250 * 2 ** tries);
/** Orders that are compared with what is there at once. */
const maxComparisons = 32;

/**
 * Places the orders of all rows, in their order, and tells the fate of each. A connection that
 * breaks is made anew, and what had no result is sent again: an order that had been accepted all
 * the same is `there`. Told to stop, it sends no more and waits for the results of what was sent;
 * when the user insists, not even that. While the queue is full it waits for room.
 *
 * @param groups - rows that are sent together
 * @param onFull - called each time that there is no room in the queue
 * When the service refuses, as with a token that has expired, or breaks off for 20 seconds, it ends.
 *
 * @throws Failure when it ends before any row has a fate
 */
export async function importRows(
  service: Service,
  groups: AsyncIterable<Row[]>,
  { interrupted, insisted }: Pick<Terminal, 'interrupted' | 'insisted'>,
  tell: (row: Row, fate: Fate) => void,
  onFull: () => void = () => {},
): Promise<ImportEnd> {
  const source = createRowSource(groups);
  const comparing = new Set<Promise<void>>();
  /** What was read and has no result yet. */
  const unsettled: Row[] = [];
  /** Of which nobody could tell whether they are there already. */
  const undecided: Row[] = [];
  let settled = 0;

  /** @returns why the service ended it, where it said so */
  async function runBatch(): Promise<Problem | undefined> {
    const batch = await openBatch(service, interrupted);
    insisted.addEventListener('abort', batch.close);
    const sending = sendAll(batch).finally(batch.end);
    // What is wrong with the source is told when all results are here.
    sending.catch(() => {});
    try {
      return await hearAll(batch);
    } finally {
      batch.close();
      insisted.removeEventListener('abort', batch.close);
      await sending;
    }
  }

  async function sendAll(batch: Batch): Promise<void> {
    if (unsettled.length > 0) await batch.send(asLines(unsettled));
    const ends = AbortSignal.any([interrupted, batch.over]);
    while (!interrupted.aborted) {
      const group = await source.next(ends);
      if (group === undefined) return;
      const sound: Row[] = [];
      for (const row of group) {
        if (row.fault === undefined) sound.push(row);
        else decide(row, { is: 'refused', error: { detail: row.fault } });
      }
      for (const row of sound) unsettled.push(row);
      if (sound.length > 0) await batch.send(asLines(sound));
    }
  }

  async function hearAll(batch: Batch): Promise<Problem | undefined> {
    let heard = 0;
    try {
      for await (const line of batch.answer()) {
        if (!('index' in line)) return 'status' in line ? line : undefined;
        const row = matched(unsettled[heard], line);
        heard += 1;
        await settle(row, line);
        // Not one by one: taking away the first of many moves all others.
        if (heard * 2 > unsettled.length) {
          unsettled.splice(0, heard);
          heard = 0;
        }
      }
      return undefined;
    } finally {
      unsettled.splice(0, heard);
    }
  }

  async function settle(row: Row, result: BatchResult): Promise<void> {
    if (result.status === 'created') return decide(row, { is: 'created' });
    if (result.status !== 'duplicate') {
      return decide(row, { is: 'refused', error: faultOf(result) });
    }
    const comparison = compareWithPlaced(service, row, result).then(
      (fate) => decide(row, fate),
      (error) => {
        undecided.push(row);
        if (!isUnavailable(error)) throw error;
      },
    );
    // Whoever waits for all of them gets to see an error.
    comparison.catch(() => {});
    comparing.add(comparison);
    if (comparing.size >= maxComparisons) await allCompared();
  }

  async function allCompared(): Promise<void> {
    const compared = await Promise.allSettled(comparing);
    comparing.clear();
    const failed = compared.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  function decide(row: Row, fate: Fate): void {
    settled += 1;
    tell(row, fate);
  }

  async function runAll(): Promise<void> {
    let tries = 0;
    for (;;) {
      const before = settled;
      const problem = await runBatch().catch((error) => {
        if (!isUnavailable(error) || settled === 0 || tries >= maxTries) throw error;
        return undefined;
      });
      await allCompared();
      takeUpUndecided();
      if (interrupted.aborted || (source.atEnd && unsettled.length === 0)) return;
      // Workers make room again, however long that takes.
      const isFull = problem?.type === '/problems/queue-full';
      if (isFull) onFull();
      tries = settled > before || isFull ? 0 : tries + 1;
      if (tries > maxTries) {
        throw problem
          ? refusal(problem.status, problem)
          : new Failure(`${service.url} breaks off each time`, exit.unavailable);
      }
      await unlessAborted(interrupted, sleep(pauseMs(tries)));
    }
  }

  /** Sent again, they are found to be duplicates again. */
  function takeUpUndecided(): void {
    unsettled.unshift(...undecided.splice(0).sort((a, b) => a.line - b.line));
  }

  const failure = await runAll().then(
    () => undefined,
    async (error) => {
      if (!(error instanceof Failure) || settled === 0) throw error;
      await Promise.allSettled(comparing);
      takeUpUndecided();
      return error;
    },
  );
  const nextLine = source.atEnd ? null : source.lastLine + 1;
  return { nextLine: unsettled[0]?.line ?? nextLine, failure };
}

/**
 * The row that a result is for, by their count.
 *
 * @throws Failure when it is that of another order
 */
function matched(row: Row | undefined, { order_id }: BatchResult): Row {
  if (row !== undefined && (order_id === null || order_id === idOf(row))) return row;
  const whose = row === undefined ? 'nothing' : `that of line ${row.line}`;
  throw new Failure(`the service answered for order ${order_id} instead of ${whose}`, exit.no);
}

function idOf(row: Row): unknown {
  return (readRow(row) as { order_id?: unknown } | null)?.order_id;
}

/** Pointers begin with the place in the batch, which nobody knows of who sent a file. */
function faultOf({ index, status, error }: BatchResult): RowProblem {
  if (error === undefined) return { detail: status };
  const place = new RegExp(`#/${index}(?=[/ ])`, 'g');
  const errors = error.errors?.map((fault) => ({
    ...fault,
    ...(fault.pointer !== undefined && { pointer: `${fault.pointer} `.replace(place, '#').trim() }),
  }));
  return { ...error, detail: error.detail.replace(place, '#'), ...(errors && { errors }) };
}

const lineEnd = Buffer.from('\n');

function asLines(rows: readonly Row[]): Buffer {
  return Buffer.concat(rows.flatMap(({ bytes }) => [bytes, lineEnd]));
}
