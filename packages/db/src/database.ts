import type { Kysely } from 'kysely';

import type { Catalog } from './catalog.ts';
import type { Change } from './counters.ts';
import { lastIdOf } from './event-runs.ts';
import type { NewOrder } from './new-order.ts';
import type { Notice } from './notice.ts';
import type { Phrases } from './phrases.ts';
import type { Purpose } from './purpose.ts';
import type { Schema } from './schema.ts';
import type { News, WakeUp } from './wake-up.ts';
import { writeCounters, writeDown } from './write-down.ts';
import type { Beginning, Writing } from './writing.ts';

/** An open database, and everything in which one kind of database differs from another. */
export interface Database {
  /** For transactions that write; `write` is the way to use it. */
  readonly writer: Kysely<Schema>;
  /** For reading: never waits for a writer, of this process or another. */
  readonly reader: Kysely<Schema>;
  readonly phrases: Phrases;
  readonly catalog: Catalog;
  /**
   * Whether statements of a transaction are sent before those before them were answered. Behind one
   * that failed all others must fail too.
   */
  readonly pipelines: boolean;
  /**
   * Places orders, whose keys are not looked at, by one statement that is a transaction of its own.
   * It is sent before those in front of it are answered, and executed after them. `placeOrders` is
   * the way to use it; null where there is no such.
   *
   * @returns the ids of those that were placed
   */
  readonly placeAtOnce:
    | ((
        using: Pick<Database, 'writer' | 'phrases'>,
        orders: readonly NewOrder[],
      ) => Promise<readonly string[]>)
    | null;
  /** Whether a call holds up the thread that makes it, until the disk has what it wrote. */
  readonly blocks: boolean;
  /** Calls under way. */
  readonly calls: Set<Promise<unknown>>;
  /** How a transaction of `write` or `read` began. */
  startOf(trx: Kysely<Schema>): Beginning | Promise<Beginning>;
  /** Whether the transaction got in the way of another, was undone, and may be done again. */
  isConflict(error: unknown): boolean;
  /** What callers get to see of an error. */
  translateError(error: unknown): unknown;
  /** The last run of events that can be read; `readableTo` is the way to use it. */
  readableRun(): Promise<number>;
  /** The largest number that a run of events ever got, whether or not it can be read; see `numberedTo`. */
  numberedRun(): Promise<number>;
  /** Calls back soon after somebody else has committed such news, and may do so without any. */
  watchCommits(news: News, onChange: () => void): WakeUp;
  /** Lets those know who watch elsewhere; called after a commit. */
  tellOthers(news: ReadonlySet<News>): void;
  /**
   * What is broken below the tables, in words; finding it may take long.
   *
   * @param onProgress - called again and again meanwhile; what it throws ends it
   */
  findDamage(onProgress: () => void): Promise<string[]>;
  /** Copies all, as it is at one moment, into a new file; `backUpDatabase` is the way to use it. */
  copyTo(file: string, onProgress: (share: number) => void): Promise<void>;
  /** Ends all connections. */
  close(): Promise<void>;
  /** Called after each commit of this process; `watchAllCommits` is the way to use it. */
  readonly ownWatchers: Set<() => void>;
}

/**
 * Opens the database, making and migrating it where needed, but for who is only to look after it or
 * to copy from it. Any number of processes may do so at the same moment.
 *
 * @param url - `file:PATH`, where directories are made, or `postgres://…`
 * @param options.clock - for tests: the time in milliseconds since 1970-01-01 UTC, in place of
 *   that of the machine with the file, or of the server
 * @param options.onNotice - told of what happens to connections while no call fails of it
 * @param options.purpose - `serve`, when it is for nothing else
 * @param options.givesWay - for whoever writes all the time and does not mind to wait some
 *   milliseconds: where only one can write at a time, others with something to write come first
 * @param options.copiesBeside - for whoever writes all the time and should never stand still for
 *   long: what a file needs done from time to time is done by a thread of its own, of some 25 MB
 * @throws DatabaseUnusable, with a message for the person who set the URL
 */
export async function openDatabase(
  url: string,
  {
    clock,
    onNotice = () => {},
    purpose = 'serve',
    ...manners
  }: {
    clock?: () => number;
    onNotice?: Notice;
    purpose?: Purpose;
    givesWay?: boolean;
    copiesBeside?: boolean;
  } = {},
): Promise<Database> {
  // What only the other kind needs is not loaded: each process and thread would take longer to start.
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgres } = await import('./postgres/open.ts');
    return openPostgres(url, clock, onNotice, purpose);
  }
  const { openSqlite } = await import('./sqlite/open.ts');
  return openSqlite(url, clock ?? Date.now, onNotice, purpose, manners);
}

/** Ends all connections, after the calls of `read` and `write` that are under way. */
export async function closeDatabase(database: Database): Promise<void> {
  while (database.calls.size > 0) await Promise.allSettled(database.calls);
  await database.close();
}

/**
 * Runs `work` in one transaction that may write, and then writes down what it noted: transitions,
 * and who joined and left the queue. When it resolves, everything it did is on the disk; when it
 * rejects, all of it is undone, except that a commit which failed at the disk, or whose answer was
 * lost on the way, may come to light later as a whole. Waits for other writers without blocking the
 * process, and does `work` again where another transaction got in its way.
 *
 * @throws DatabaseUnavailable when the database could not; any error of `work`
 */
export function write<T>(database: Database, work: (writing: Writing) => Promise<T>): Promise<T> {
  const { phrases, pipelines } = database;
  return writeAtOnce(database, (news) =>
    database.writer.transaction().execute(async (trx) => {
      const { now, slot } = await database.startOf(trx);
      const connection = await trx.getExecutor().provideConnection(async (own) => own);
      const noted = { transitions: [], queue: new Map(), news };
      const writing = { trx, connection, pipelines, now, slot, phrases, ...noted };
      const result = await work(writing);
      await writeDown(writing);
      return result;
    }),
  );
}

/**
 * The same for what is a transaction by itself and writes down all that happens in it.
 *
 * @param work - adds what others are to be told of
 */
export function writeAtOnce<T>(
  database: Database,
  work: (news: Set<News>) => Promise<T>,
): Promise<T> {
  const news = new Set<News>();
  return call(database, () => untilUndisturbed(database, () => work(news))).finally(() => {
    // Also after an error: the commit may have been written all the same.
    for (const onChange of database.ownWatchers) onChange();
    if (news.size > 0) database.tellOthers(news);
  });
}

/** Tries of a transaction that got in the way of others, one after the other. */
const maxTries = 10;

async function untilUndisturbed<T>(database: Database, writeOnce: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await writeOnce();
    } catch (error) {
      if (!database.isConflict(error) || tries === maxTries) throw error;
    }
  }
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

/**
 * The same for one query, which sees one moment by itself.
 *
 * @throws DatabaseUnavailable when the database could not; any error of `query`
 */
export function look<T>(
  database: Database,
  query: (reader: Kysely<Schema>) => Promise<T>,
): Promise<T> {
  return call(database, () => query(database.reader));
}

/**
 * The last event such that none will come to light below it any more. Whoever begins to read after
 * this call sees all up to it.
 *
 * @throws DatabaseUnavailable
 */
export async function readableTo(database: Database): Promise<number> {
  return endOf(await call(database, () => database.readableRun()));
}

/**
 * No event that anybody could have seen before this call has an id above it.
 *
 * @throws DatabaseUnavailable
 */
export async function numberedTo(database: Database): Promise<number> {
  return endOf(await call(database, () => database.numberedRun()));
}

function endOf(run: number): number {
  return run === 0 ? 0 : lastIdOf(run);
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
  const watch = database.watchCommits('events', onChange);
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
  await write(database, async (writing) => {
    const { slot } = writing;
    // There and back: SQLite does not write what is the same already.
    for (const orders of [1, -1]) {
      const change: Change = { counter: 'now PENDING', part: 0, orders, ms: 0 };
      await writeCounters(writing, { slot, changes: [change] });
    }
  });
}
