import type { Kysely } from 'kysely';

import type { Phrases } from './phrases.ts';
import { writeQueue } from './queue-blocks.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite/open.ts';
import { writeTransitions } from './transitions.ts';
import type { WakeUp } from './wake-up.ts';
import type { Writing } from './writing.ts';

/** An open database, and everything in which one kind of database differs from another. */
export interface Database {
  /** For transactions that write; `write` is the way to use it. */
  readonly writer: Kysely<Schema>;
  /** For reading: never waits for a writer, of this process or another. */
  readonly reader: Kysely<Schema>;
  readonly phrases: Phrases;
  /** Calls under way. */
  readonly calls: Set<Promise<unknown>>;
  /** The time, in milliseconds since 1970-01-01 UTC, by the clock that counts. */
  clock(): number;
  /** What callers get to see of an error. */
  translateError(error: unknown): unknown;
  /** Calls back soon after somebody else has committed. */
  watchCommits(onChange: () => void): WakeUp;
  /** Called after each commit of this process; `watchAllCommits` is the way to use it. */
  readonly ownWatchers: Set<() => void>;
}

/**
 * Opens the database, making and migrating it where needed. Any number of processes may do so
 * at the same moment.
 *
 * @param url - `file:PATH`; directories are made
 * @param options.clock - for tests: the time in milliseconds since 1970-01-01 UTC
 * @throws DatabaseUnusable, with a message for the person who set the URL
 */
export function openDatabase(
  url: string,
  options: { clock?: () => number } = {},
): Promise<Database> {
  return openSqlite(url, options.clock ?? Date.now);
}

/** Ends all connections, after the calls of `read` and `write` that are under way. */
export async function closeDatabase(database: Database): Promise<void> {
  while (database.calls.size > 0) await Promise.allSettled(database.calls);
  await database.reader.destroy();
  await database.writer.destroy();
}

/**
 * Runs `work` in one transaction that may write, and then writes down what it noted:
 * transitions, and who joined and left the queue. When it resolves, everything it did is on the disk; when it rejects, all of it is undone, except that a commit which failed at the disk may
 * come to light later as a whole. Waits for other writers without blocking the process.
 *
 * @throws DatabaseUnavailable when the database could not; any error of `work`
 */
export function write<T>(database: Database, work: (writing: Writing) => Promise<T>): Promise<T> {
  return call(database, () =>
    database.writer.transaction().execute(async (trx) => {
      const writing = {
        trx,
        now: database.clock(),
        phrases: database.phrases,
        transitions: [],
        queue: new Map(),
      };
      const result = await work(writing);
      await writeTransitions(writing);
      await writeQueue(writing);
      return result;
    }),
  ).finally(() => {
    // Also after an error: the commit may have been written all the same.
    for (const onChange of database.ownWatchers) onChange();
  });
}

/**
 * Runs `work` on one unchanging view of the database: numbers read by several queries agree.
 *
 * @throws DatabaseUnavailable when the database could not; any error of `work`
 */
export function read<T>(
  database: Database,
  work: (snapshot: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  return call(database, () =>
    database.reader.transaction().setAccessMode('read only').execute(work),
  );
}

async function call<T>(database: Database, run: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  try {
    running = run();
    database.calls.add(running);
    return await running;
  } catch (error) {
    throw database.translateError(error);
  } finally {
    if (running !== undefined) database.calls.delete(running);
  }
}

/**
 * Calls back after commits: at once after one of this process through `database`, soon after one
 * of anybody else. As a rule: a slow poll belongs behind it.
 */
export function watchAllCommits(database: Database, onChange: () => void): WakeUp {
  const watch = database.watchCommits(onChange);
  database.ownWatchers.add(onChange);
  return {
    close() {
      database.ownWatchers.delete(onChange);
      watch.close();
    },
  };
}

/**
 * Writes something that changes nothing, to the disk.
 *
 * @throws DatabaseUnavailable when an order could not be accepted now
 */
export async function checkWritable(database: Database): Promise<void> {
  await write(database, ({ trx }) =>
    trx
      .updateTable('order_counts')
      .set((row) => ({ orders: row.ref('orders') }))
      .where('status', '=', 'PENDING')
      .execute(),
  );
}
