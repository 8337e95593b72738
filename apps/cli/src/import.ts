import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '@orders/contract';

import { type Batch, type BatchResult, openBatch } from './batch.ts';
import { compareWithPlaced } from './compare.ts';
import { exit, Failure } from './failure.ts';
import type { Row } from './row.ts';
import { createRowSource } from './row-source.ts';
import { refusal, type Service } from './service.ts';
import { fired, type Terminal } from './terminal.ts';

/** What became of a row. */
export type Fate =
  | { readonly is: 'created' }
  /** The very same order had been accepted before, as by an import that was interrupted. */
  | { readonly is: 'there' }
  | { readonly is: 'refused'; readonly error: RowProblem };

export type RowProblem = Pick<components['schemas']['RowProblem'], 'detail'> &
  Partial<components['schemas']['RowProblem']>;

type Problem = components['schemas']['Problem'];

/** What came of one connection. */
interface Heard {
  readonly results: number;
  /** Why the service ended it. */
  readonly problem?: Problem | undefined;
}

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
 * @returns the line from which on rows have no fate yet; null when all have
 * @throws Failure when the service refuses, does not answer at first, or breaks off for 20 seconds
 */
export async function importRows(
  service: Service,
  groups: AsyncIterable<Row[]>,
  { interrupted, insisted }: Pick<Terminal, 'interrupted' | 'insisted'>,
  tell: (row: Row, fate: Fate) => void,
  onFull: () => void = () => {},
): Promise<number | null> {
  const source = createRowSource(groups);
  const stop = fired(interrupted);
  const comparing = new Set<Promise<void>>();
  /** What was read and has no result yet. */
  const unsettled: Row[] = [];

  async function runBatch(): Promise<Heard> {
    const batch = await openBatch(service);
    insisted.addEventListener('abort', batch.close);
    const sending = sendAll(batch).finally(batch.end);
    // What is wrong with the source is told when all results are here.
    sending.catch(() => {});
    const heard = await hearAll(batch);
    batch.close();
    insisted.removeEventListener('abort', batch.close);
    await sending;
    return heard;
  }

  async function sendAll(batch: Batch): Promise<void> {
    if (unsettled.length > 0) await batch.send(asLines(unsettled));
    while (!interrupted.aborted) {
      const group = await source.next([stop, batch.over]);
      if (group === undefined) return;
      const sound: Row[] = [];
      for (const row of group) {
        if (row.fault === undefined) sound.push(row);
        else tell(row, { is: 'refused', error: { detail: row.fault } });
      }
      for (const row of sound) unsettled.push(row);
      if (sound.length > 0) await batch.send(asLines(sound));
    }
  }

  async function hearAll(batch: Batch): Promise<Heard> {
    let results = 0;
    let problem: Problem | undefined;
    let heard = 0;
    for await (const line of batch.answer()) {
      if (!('index' in line)) {
        if ('status' in line) problem = line;
        break;
      }
      await settle(unsettled[heard] as Row, line);
      results += 1;
      heard += 1;
      // Not one by one: taking away the first of many moves all others.
      if (heard * 2 > unsettled.length) heard = forget(heard);
    }
    forget(heard);
    return { results, problem };
  }

  function forget(heard: number): 0 {
    unsettled.splice(0, heard);
    return 0;
  }

  async function settle(row: Row, result: BatchResult): Promise<void> {
    if (result.status === 'created') return tell(row, { is: 'created' });
    if (result.status !== 'duplicate') {
      return tell(row, { is: 'refused', error: faultOf(result) });
    }
    const comparison = compareWithPlaced(service, row, result).then((fate) => tell(row, fate));
    // Whoever waits for all of them gets to see an error.
    comparison.catch(() => {});
    comparing.add(comparison);
    if (comparing.size < maxComparisons) return;
    await Promise.all(comparing);
    comparing.clear();
  }

  let everHeard = false;
  let tries = 0;
  for (;;) {
    const { results, problem } = await runBatch().catch((error): Heard => {
      const again = error instanceof Failure && error.status === exit.unavailable && everHeard;
      if (!again || tries >= maxTries) throw error;
      return { results: 0 };
    });
    await Promise.all(comparing);
    comparing.clear();
    if (interrupted.aborted || (source.atEnd && unsettled.length === 0)) break;
    everHeard ||= results > 0 || problem !== undefined;
    // Workers make room again, however long that takes.
    const isFull = problem?.type === '/problems/queue-full';
    if (isFull) onFull();
    tries = results > 0 || isFull ? 0 : tries + 1;
    if (tries > maxTries) {
      throw problem
        ? refusal(problem.status, problem)
        : new Failure(`${service.url} breaks off each time`, exit.unavailable);
    }
    await Promise.race([sleep(pauseMs(tries)), stop]);
  }
  if (unsettled[0] !== undefined) return unsettled[0].line;
  return source.atEnd ? null : source.lastLine + 1;
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
