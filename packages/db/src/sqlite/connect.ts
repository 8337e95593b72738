import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';

import { DatabaseUnusable } from '../errors.ts';
import { mustBeThere, type Purpose } from '../purpose.ts';
import { isBusy } from './errors.ts';

/** Written into the file's header, so that a stranger's database is told from ours: "ordq". */
export const applicationId = 0x6f726471;

/** How long a start waits for others that are creating the same file, in milliseconds. */
const startWaitMs = 10_000;

/** What the -wal file has at the most once it has begun anew: so far it grows while many write. */
const maxWalBytes = 32 * 2 ** 20;

/**
 * Two connections to the file: reads never wait for a write, also not for one that waits for
 * another process.
 *
 * @throws DatabaseUnusable when the path names no file this service may use
 */
export async function connect(
  url: string,
  purpose: Purpose,
): Promise<{ path: string; writer: BetterSqlite3.Database; reader: BetterSqlite3.Database }> {
  const path = resolve(url.replace(/^file:(\/\/(?=\/))?/, ''));
  if (mustBeThere(purpose) && !existsSync(path)) {
    throw new DatabaseUnusable(`${path} does not exist.`);
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    const writer = await open(path);
    return { path, writer, reader: await open(path) };
  } catch (error) {
    throw unusable(path, error);
  }
}

async function open(path: string): Promise<BetterSqlite3.Database> {
  const giveUpAt = performance.now() + startWaitMs;
  for (;;) {
    // No timeout inside SQLite: it would block the whole process. Waiting happens in dialect.ts.
    const database = new BetterSqlite3(path, { timeout: 0 });
    try {
      refuseStrangers(path, database);
      configure(path, database);
      return database;
    } catch (error) {
      database.close();
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
    }
    // The switch to WAL needs the file alone for a moment.
    await sleep(5 + Math.random() * 10);
  }
}

function refuseStrangers(path: string, database: BetterSqlite3.Database): void {
  const tables = database.prepare('select count(*) from sqlite_schema').pluck().get();
  const id = database.pragma('application_id', { simple: true });
  if (tables === 0 || id === applicationId) return;
  throw new DatabaseUnusable(
    `${path} is a database of another program. Set DATABASE_URL to a file of its own.`,
  );
}

/** How each connection writes, and copies frames. */
export function configure(path: string, database: BetterSqlite3.Database): void {
  if (database.pragma('journal_mode = WAL', { simple: true }) !== 'wal') {
    throw new DatabaseUnusable(
      `${path} is on a file system without shared memory. Set DATABASE_URL to a local disk.`,
    );
  }
  // The build's default for WAL is NORMAL, which forgets the last commits on a power cut.
  database.pragma('synchronous = FULL');
  // When frames of the -wal file are copied is decided after commits, in dialect.ts.
  database.pragma('wal_autocheckpoint = 0');
  // The -wal file keeps the size of its worst moment otherwise: a long reader keeps it growing.
  database.pragma(`journal_size_limit = ${maxWalBytes}`);
  // On macOS fsync leaves data in the drive's cache; elsewhere this does nothing.
  database.pragma('fullfsync = 1');
  database.pragma('checkpoint_fullfsync = 1');
}

/** The error in words for the person who named the file, where its cause is known. */
export function unusable(path: string, error: unknown): unknown {
  if (error instanceof DatabaseUnusable) return error;
  const code = (error as { code?: string }).code ?? '';
  const reason = Object.entries(reasons).find(([prefix]) => code.startsWith(prefix))?.[1];
  if (reason === undefined) return error;
  return new DatabaseUnusable(`${path} ${reason} (${code}).`, { cause: error });
}

const full = 'cannot be written: the disk, or the folder for temporary files, has no space left';

const reasons: Record<string, string> = {
  EACCES: 'cannot be read and written by this user',
  EROFS: 'is on a read-only file system',
  ENOSPC: full,
  EEXIST: 'lies below something that is a file, not a directory',
  ENOTDIR: 'lies below something that is a file, not a directory',
  SQLITE_READONLY: 'is read-only, or its directory is',
  SQLITE_CANTOPEN: 'cannot be opened: it is a directory, or its directory cannot be written',
  SQLITE_NOTADB: 'is not a SQLite database',
  SQLITE_CORRUPT: 'is damaged; restore it from a backup',
  SQLITE_BUSY: 'is locked by another program',
  SQLITE_FULL: full,
  // The file of shared memory could not grow.
  SQLITE_IOERR_SHMSIZE: full,
  SQLITE_IOERR: 'cannot be read or written: input/output error',
};
