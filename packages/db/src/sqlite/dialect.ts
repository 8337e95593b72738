import { setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import {
  type DatabaseConnection,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';

import { DatabaseUnavailable } from '../errors.ts';
import { isBusy } from './errors.ts';
import { fileIdentity } from './file-identity.ts';
import { createFrameCopier, type FrameCopier } from './frame-copier.ts';

/** How long a transaction waits for another writer before it gives up, in milliseconds. */
const lockWaitMs = 5_000;
/** The same after one has given up, until one gets through: those behind it have waited already. */
const lockedOutWaitMs = 250;
/**
 * Frames (pages of 4 KiB) of the -wal file that wait to be copied into the database until that is
 * begun (at the most those of maxCommitsUnseen commits more). With
 * ten million orders in the file 4000 place a quarter more orders than SQLite's 1000, and drain a
 * tenth more: what is written twice is copied once.
 */
const maxFramesToCopy = 4000;
/** So many are copied by whoever writes, where the thread that should does not keep pace. */
const framesNotToWaitFor = 8 * maxFramesToCopy;
/** What those without such a thread wait for: one of another process comes first, where there is one. */
const maxFramesWithout = 2 * maxFramesToCopy;
/** Commits until the -wal file's length is looked at again, at the most. */
const maxCommitsUnseen = 64;
/** Frames that come until then, at the least. */
const minFramesUnseen = 500;
/** Commits behind which it is tried to begin the -wal file anew, while others read or write. */
const maxTriesToBeginAnew = 8;
/** How long a transaction rests until it tries for the lock again, in milliseconds. */
const pauseMs = 1;
/** The same at the most where it gives way to others: it grows up to that, fourfold as a rule. */
const longestPauseMs = 64;
/** How long it gives way: beside somebody who writes without a pause it might never have its turn. */
const giveWayMs = 200;

/**
 * Kysely's SQLite dialect with four differences: statements are prepared once, a transaction takes
 * the write lock at its start, the wait for that lock leaves the event loop free, and the -wal
 * file stays small however many processes write.
 */
export class OrdersSqliteDialect extends SqliteDialect {
  readonly #database: BetterSqlite3.Database;
  readonly #manners: Manners;

  constructor(database: BetterSqlite3.Database, manners: Manners = {}) {
    super({ database });
    this.#database = database;
    this.#manners = manners;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#database, this.#manners);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

/** How one writes beside others; see `openDatabase`. */
export interface Manners {
  readonly givesWay?: boolean;
  readonly copiesBeside?: boolean;
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: BetterSqlite3.Database;
  readonly #file: string;
  #lockedOut = false;
  #isWriting = false;
  readonly #begin: BetterSqlite3.Statement;
  readonly #look: BetterSqlite3.Statement<[], { log: number; checkpointed: number }>;
  readonly #beginAnew: BetterSqlite3.Statement<[], { busy: number }>;
  readonly #copier: FrameCopier | undefined;
  readonly #empty: BetterSqlite3.Statement;
  readonly #version: BetterSqlite3.Statement;
  readonly #givesWay: boolean;
  #versionAtBegin: unknown;
  #triesToBeginAnew = 0;
  #framesSeen = 0;
  #commits = 0;
  #lookAfter = 1;

  constructor(
    database: BetterSqlite3.Database,
    { givesWay = false, copiesBeside = false }: Manners,
  ) {
    super({ database: withStatementCache(database) });
    this.#givesWay = givesWay;
    this.#database = database;
    this.#file = fileIdentity(database.name);
    this.#begin = database.prepare('begin immediate');
    this.#look = database.prepare('pragma wal_checkpoint(noop)');
    this.#beginAnew = database.prepare('pragma wal_checkpoint(restart)');
    if (copiesBeside) this.#copier = createFrameCopier({ path: database.name, file: this.#file });
    this.#empty = database.prepare('pragma wal_checkpoint(truncate)');
    // Changes when another connection commits: https://www.sqlite.org/pragma.html#pragma_data_version
    this.#version = database.prepare('pragma data_version').pluck();
  }

  // A deferred transaction that reads and then writes fails with SQLITE_BUSY at once, whatever
  // the timeout, when someone wrote in between: https://www.sqlite.org/rescode.html#busy_snapshot
  override async beginTransaction(
    connection: DatabaseConnection,
    settings?: TransactionSettings,
  ): Promise<void> {
    if (settings?.accessMode === 'read only') return super.beginTransaction(connection);
    // What is written to a file without a name is gone with this process.
    if (fileIdentity(this.#database.name) !== this.#file) {
      this.#leaveNothing();
      throw new DatabaseUnavailable('the database file was deleted or replaced');
    }
    const giveUpAt = performance.now() + (this.#lockedOut ? lockedOutWaitMs : lockWaitMs);
    const giveWayUntil = performance.now() + (this.#givesWay ? giveWayMs : 0);
    for (let restMs = pauseMs; ; restMs = nextPause(restMs, giveWayUntil)) {
      try {
        this.#begin.run();
        this.#versionAtBegin = this.#version.get();
        this.#isWriting = true;
        this.#lockedOut = false;
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        this.#lockedOut = performance.now() > giveUpAt;
        if (this.#lockedOut) throw error;
      }
      await sleep(restMs);
    }
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await super.commitTransaction(connection);
    if (this.#isWriting) this.#copyFrames();
    this.#isWriting = false;
  }

  // SQLite's own checkpoints are tried at every commit as long as the -wal file is large, and it
  // stays large while others write: it begins anew only when all of it was copied and nobody added
  // to it meanwhile. "Restart" holds the write lock for that; where a thread copies beside, it has
  // copied nearly all before. A look takes as long as the statements of a small transaction, so there
  // is none before half of what is still missing can have come, or some, at the pace since the last
  // one; and since the pace may change, none is more than four times as far off as the last was.
  #copyFrames(): void {
    this.#commits += 1;
    try {
      if (this.#copier?.takeDone()) this.#triesToBeginAnew = maxTriesToBeginAnew;
      if (this.#triesToBeginAnew > 0) this.#tryToBeginAnew();
      else if (this.#commits >= this.#lookAfter) this.#lookAtFrames();
    } catch {
      // The transaction is committed all the same; the next one tries again.
    }
  }

  #lookAtFrames(): void {
    const frames = this.#look.get();
    if (frames === undefined) return;
    const { log, checkpointed } = frames;
    const grown = log - (log < this.#framesSeen ? 0 : this.#framesSeen);
    const toCopy = log - checkpointed;
    const missing = (this.#copier ? maxFramesToCopy : maxFramesWithout) - toCopy;
    const pace = Math.max(1, grown / this.#commits);
    const unseen = Math.max(missing / 2, minFramesUnseen) / pace;
    this.#lookAfter = Math.min(maxCommitsUnseen, unseen, 4 * this.#lookAfter);
    this.#framesSeen = log;
    this.#commits = 0;
    if (missing > 0 || this.#copier?.ask()) return;
    if (!this.#copier || toCopy > framesNotToWaitFor) this.#beginAnew.get();
  }

  // What kept the thread from copying, a reader as a rule, may have ended just now.
  #tryToBeginAnew(): void {
    this.#triesToBeginAnew -= 1;
    const frames = this.#look.get();
    const isMuch = frames !== undefined && frames.log - frames.checkpointed > framesNotToWaitFor;
    if (isMuch || this.#beginAnew.get()?.busy === 0) this.#triesToBeginAnew = 0;
  }

  // The -wal file keeps its name when the database loses it: what stands in it would be missing where
  // that is now, and be taken for a part of what has the name next. So all of it goes into the
  // database, by whoever wrote last: after that nobody can have written who means another file.
  #leaveNothing(): void {
    try {
      if (this.#version.get() === this.#versionAtBegin) this.#empty.get();
    } catch {
      // Whoever tries to write next tries this again.
    }
  }

  override async destroy(): Promise<void> {
    await this.#copier?.end();
    await super.destroy();
  }

  // After some errors (a full disk among them) SQLite has rolled back by itself.
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    this.#isWriting = false;
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

// Several workers make a round each millisecond or two, and what one has read of the file is out of
// date when another has written. Who has lost the lock leaves the others a streak of rounds.
function nextPause(restMs: number, giveWayUntil: number): number {
  if (performance.now() >= giveWayUntil) return pauseMs;
  return Math.min(longestPauseMs, restMs * (3 + 2 * Math.random()));
}

class TransactionalDdlAdapter extends SqliteAdapter {
  // SQLite's DDL is transactional; Kysely's adapter says no because of foreign keys, which are
  // not used here. With it all migrations run under one write lock, which is what makes
  // processes that start together safe: the lock is taken before the state is read.
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * Kysely prepares a statement for every execution. The texts used here do not vary with the
 * number of rows (see phrases.ts), so there are few of them, and each is prepared once.
 */
function withStatementCache(database: BetterSqlite3.Database) {
  const statements = new Map<string, BetterSqlite3.Statement>();
  return {
    prepare(sql: string) {
      let statement = statements.get(sql);
      if (statement === undefined) {
        statement = database.prepare(sql);
        statements.set(sql, statement);
      }
      return statement;
    },
    close: () => void database.close(),
  };
}
