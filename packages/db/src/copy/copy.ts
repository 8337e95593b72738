import { setImmediate as nextTurn } from 'node:timers/promises';

import { readCounters } from '../counters.ts';
import { type Database, read } from '../database.ts';
import { DatabaseUnusable } from '../errors.ts';
import { type Copied, compare } from './compare.ts';
import { readSums, writeSums } from './counters.ts';
import {
  insertRows,
  type Key,
  keyOf,
  type PlainName,
  plainNames,
  type Row,
  readPage,
} from './rows.ts';
import { beginCopy, finishCopy, step } from './unfinished.ts';

export interface CopyOptions {
  /** Told how far it is: about so many rows of so many. */
  readonly onProgress?: (doing: 'copying' | 'comparing', done: number, of: number) => void;
  /** Has it end after the step it is at, with the signal's reason. */
  readonly stopping?: AbortSignal;
}

/**
 * Copies everything: orders, history, counters, idempotency keys, and the numbers that come next,
 * so that whoever follows the feed goes on where they were. Then reads both sides once more and
 * compares them, row for row.
 *
 * Both must be opened for it (`copy-from`, `copy-to`). Until all is compared nobody can open the
 * target to serve from it. A copy that was ended, by whatever means, is gone on with by calling
 * this again, as long as nothing has happened at the source meanwhile.
 *
 * @throws DatabaseUnusable when the target holds something else, the source is in use, or the two
 *   differ in the end; the message is for people
 * @throws DatabaseUnavailable
 */
export async function copyOrders(
  source: Database,
  target: Database,
  { onProgress = () => {}, stopping }: CopyOptions = {},
): Promise<Copied> {
  await refuseWorkers(source);
  const standing = await standingOf(source);
  const keys = await beginCopy(target, standing);
  const last = await source.catalog.lastNumbers(source.reader);
  const tell = async (doing: 'copying' | 'comparing', done: Partial<Record<PlainName, Key>>) => {
    // Between two files nothing ever waits: signals and timers would not be heard until the end.
    await nextTurn();
    onProgress(doing, numberOf(done.orders) + numberOf(done.event_runs), last.seq + last.run);
    stopping?.throwIfAborted();
  };

  await tell('copying', keys);
  for (const name of plainNames) {
    for (;;) {
      const rows = await read(source, (snapshot) => readPage(snapshot, name, keys[name]));
      if (rows.length === 0) break;
      await step(target, standing, async (writing) => {
        await insertRows[name](writing, { rows });
      });
      keys[name] = keyOf(name, rows.at(-1) as Row);
      await tell('copying', keys);
    }
  }
  const sums = await read(source, readSums);
  await step(target, standing, async (writing) => {
    await writeSums(writing, { sums });
    await target.catalog.continueAfter(writing.trx, last);
    await target.catalog.recountClaims(writing.trx);
  });

  const copied = await compare(source, target, (done) => tell('comparing', done));
  await refuseWorkers(source);
  if ((await standingOf(source)) !== standing) {
    throw new DatabaseUnusable(
      'Something happened at the source while it was copied: orders were placed or processed ' +
        'there. Stop everything that uses it, and copy it into a new file or a new database.',
    );
  }
  await finishCopy(target, standing);
  return copied;
}

/** How far a table is, as far as its keys are numbers. */
const numberOf = (key: Key | undefined) => (typeof key === 'number' ? key : 0);

async function refuseWorkers(source: Database): Promise<void> {
  const alive = await read(source, async (snapshot) => {
    const { now } = await source.startOf(snapshot);
    const workers = await snapshot
      .selectFrom('workers')
      .select(['worker', 'alive_until'])
      .where('alive_until', '>', now)
      .execute();
    return workers.map((one) => ({ ...one, forSec: Math.ceil((one.alive_until - now) / 1000) }));
  });
  if (alive.length === 0) return;
  const longest = Math.max(...alive.map(({ forSec }) => forSec));
  throw new DatabaseUnusable(
    `The source is in use by ${alive.map(({ worker }) => worker).join(', ')}. Stop everything ` +
      'that uses it, since what happens there from now on would be missing in the copy. (A worker ' +
      `that was killed is taken for dead in ${longest} s.)`,
  );
}

/** Another one after anything has happened to an order. */
async function standingOf(source: Database): Promise<string> {
  const { seq, run } = await source.catalog.lastNumbers(source.reader);
  return read(source, async (snapshot) => {
    const counts = (await readCounters(snapshot)).filter(({ orders }) => orders !== 0);
    const [lastRun] = await snapshot
      .selectFrom('event_runs')
      .select(['run', 'seq', 'at'])
      .orderBy('run', 'desc')
      .limit(1)
      .execute();
    return JSON.stringify({ seq, run, counts, lastRun });
  });
}
