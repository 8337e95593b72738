import type { Kysely, RawBuilder, Transaction } from 'kysely';

import type { Notice } from './notice.ts';
import { openPostgres } from './postgres/open.ts';
import type { Rows } from './rows.ts';
import type { Schema } from './schema.ts';
import { openSqlite } from './sqlite/open.ts';
import type { News, WakeUp } from './wake-up.ts';

/** An open database, and everything in which one kind of database differs from another. */
export interface Database {
  /** For transactions that write; `write` is the way to use it. */
  readonly writer: Kysely<Schema>;
  /** For reading: never waits for a writer, of this process or another. */
  readonly reader: Kysely<Schema>;
  /** Rows given by the caller, as a table to select from. */
  readonly rows: Rows;
  readonly locks: Locks;
  /** Calls under way. */
  readonly calls: Set<Promise<unknown>>;
  /** How a transaction, or a reader's snapshot, began. */
  startOf(trx: Kysely<Schema>): Beginning | Promise<Beginning>;
  /** Whether the transaction got in the way of another, was undone, and may be done again. */
  isConflict(error: unknown): boolean;
  /** What callers get to see of an error. */
  translateError(error: unknown): unknown;
  /**
   * The last event such that none will come to light below it any more. Whoever reads events
   * after this call sees all up to it.
   */
  readableTo(): Promise<number>;
  /** Calls back soon after somebody else has committed such news, or at any time besides. */
  watchCommits(news: News, onChange: () => void): WakeUp;
  /** Lets those who watch, elsewhere, know; called after a commit. */
  tellOthers(news: ReadonlySet<News>): void;
  /** Ends all connections. */
  close(): Promise<void>;
  /** Called after each commit of this process; `watchAllCommits` is the way to use it. */
  readonly ownWatchers: Set<() => void>;
}

export interface Beginning {
  /** The time, in milliseconds since 1970-01-01 UTC, by the clock that counts. */
  readonly now: number;
  /** Counters are kept in several rows each; those with this number are this transaction's. */
  readonly slot: number;
}

/**
 * What stands behind a select of a transaction that writes, where others may write at the same
 * time; nothing where only one can.
 */
export interface Locks {
  /** Takes the rows that nobody else has in hand, and holds them to the end. */
  readonly unlocked: RawBuilder<unknown>;
  /** Waits until it has the rows, as they are then, and holds them to the end. */
  readonly wait: RawBuilder<unknown>;
  /** The rows stay there to the end; others may change them. */
  readonly stay: RawBuilder<unknown>;
}

/** One write transaction: all of it is done, on the disk, or nothing. */
export interface Writing extends Beginning {
  readonly trx: Transaction<Schema>;
  readonly rows: Rows;
  readonly locks: Locks;
  /** What others are to be told of when it is done. */
  readonly news: Set<News>;
}

/**
 * Opens the database, making and migrating it where needed. Any number of processes may do so
 * at the same moment.
 *
 * @param url - `file:PATH`, where directories are made, or `postgres://…`
 * @param options.clock - for tests: the time in milliseconds since 1970-01-01 UTC; without it the
 *   clock is the one that everybody who uses the database shares
 * @param options.onNotice - told what no call fails of
 * @throws DatabaseUnusable, with a message for the person who set the URL
 */
export function openDatabase(
  url: string,
  { clock, onNotice = () => {} }: { clock?: () => number; onNotice?: Notice } = {},
): Promise<Database> {
  if (/^postgres(ql)?:/.test(url)) return openPostgres(url, clock, onNotice);
  return openSqlite(url, clock ?? Date.now);
}

/** Ends all connections, after the calls of `read` and `write` that are under way. */
export async function closeDatabase(database: Database): Promise<void> {
  while (database.calls.size > 0) await Promise.allSettled(database.calls);
  await database.close();
}

/**
 * Runs `work` in one transaction that may write, again where others got in its way. When it resolves, everything it did is on the
 * disk; when it rejects, all of it is undone, except that a commit which failed at the disk may
 * come to light later as a whole. Waits for other writers without blocking the process.
 *
 * @throws DatabaseUnavailable when the database could not; any error of `work`
 */
export function write<T>(database: Database, work: (writing: Writing) => Promise<T>): Promise<T> {
  const { rows, locks } = database;
  const news = new Set<News>();
  const writeOnce = () =>
    database.writer
      .transaction()
      .execute(async (trx) => work({ trx, rows, locks, news, ...(await database.startOf(trx)) }));
  return call(database, () => untilUndisturbed(database, writeOnce)).finally(() => {
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

/** How far the feed of events may be read now. @throws DatabaseUnavailable */
export function readableTo(database: Database): Promise<number> {
  return call(database, () => database.readableTo());
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
  await write(database, ({ trx, slot }) =>
    trx
      .updateTable('order_counts')
      .set((row) => ({ orders: row.ref('orders') }))
      .where('status', '=', 'PENDING')
      .where('slot', '=', slot)
      .execute(),
  );
}
