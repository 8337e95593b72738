import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  type TransactionSettings,
} from 'kysely';

import { DatabaseUnavailable } from '../errors.ts';
import { isBusy } from './errors.ts';

/** How long a transaction waits for another writer before it gives up, in milliseconds. */
const lockWaitMs = 5_000;
/** The same after one has given up, until one gets through: those behind it have waited already. */
const lockedOutWaitMs = 250;

/**
 * Kysely's SQLite dialect with three differences: statements are prepared once, a transaction
 * takes the write lock at its start, and the wait for that lock leaves the event loop free.
 */
export class OrdersSqliteDialect extends SqliteDialect {
  readonly #database: BetterSqlite3.Database;

  constructor(database: BetterSqlite3.Database) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#database);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

class ImmediateDriver extends SqliteDriver {
  readonly #database: BetterSqlite3.Database;
  readonly #file: string;
  #lockedOut = false;

  constructor(database: BetterSqlite3.Database) {
    super({ database: withStatementCache(database) });
    this.#database = database;
    this.#file = fileIdentity(database.name);
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
      throw new DatabaseUnavailable('the database file was deleted or replaced');
    }
    const giveUpAt = performance.now() + (this.#lockedOut ? lockedOutWaitMs : lockWaitMs);
    for (;;) {
      try {
        await connection.executeQuery(beginImmediate);
        this.#lockedOut = false;
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        this.#lockedOut = performance.now() > giveUpAt;
        if (this.#lockedOut) throw error;
      }
      await sleep(1);
    }
  }

  // After some errors (a full disk among them) SQLite has rolled back by itself.
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

function fileIdentity(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${file?.dev}:${file?.ino}`;
}

const beginImmediate = CompiledQuery.raw('begin immediate');

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
 * number of rows (see rows.ts), so there are few of them, and each is prepared once.
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
