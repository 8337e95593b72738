import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

import { checkDatabase, type Fault } from './check.ts';
import { closeDatabase, type Database, openDatabase } from './database.ts';
import { DatabaseUnavailable, DatabaseUnusable } from './errors.ts';

/**
 * Copies the database into a new file, as it is at one moment, which is not before the call: every
 * order accepted until then is in it. Others may go on reading and writing. The copy is opened and
 * checked; only when all is in order does it get its name, and is on the disk by then. A file that
 * has this name stays, also one that got it meanwhile. A process that is killed leaves a file with
 * ".partial" in its name.
 *
 * @param onProgress - told again and again which share (0 to 1) is copied, 1 while the copy is
 *   checked; what it throws ends it, and nothing is left
 * @returns what is wrong with the copy, as with the database itself; there is then no file
 * @throws DatabaseUnusable when the file exists, its directory does not, or the database is not a file
 * @throws DatabaseUnavailable when the disk is full, for one
 */
export async function backUpDatabase(
  database: Database,
  file: string,
  onProgress: (share: number) => void = () => {},
): Promise<Fault[]> {
  if (existsSync(file)) throw isThere(file);
  if (!existsSync(dirname(file))) throw new DatabaseUnusable(`${dirname(file)} does not exist`);
  try {
    return await makeCopy(database, file, onProgress);
  } catch (error) {
    throw inWords(database, file, error);
  }
}

async function makeCopy(
  database: Database,
  file: string,
  onProgress: (share: number) => void,
): Promise<Fault[]> {
  // A name of its own: whatever has another's may still be written.
  const partial = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.partial`;
  try {
    await database.copyTo(partial, onProgress);
    const faults = await check(partial, () => onProgress(1));
    if (faults.length > 0) return faults;
    await sync(partial);
    giveName(partial, file);
    await sync(dirname(file));
    return [];
  } finally {
    remove(partial);
  }
}

async function check(file: string, onProgress: () => void): Promise<Fault[]> {
  const copy = await openDatabase(`file:${file}`, { purpose: 'look-after' });
  try {
    return await checkDatabase(copy, onProgress);
  } finally {
    await closeDatabase(copy);
  }
}

function giveName(partial: string, file: string): void {
  try {
    linkSync(partial, file);
  } catch {
    // The name is taken, or the file system has no hard links, as exFAT: there an empty file takes
    // the name first, which fails where another has it.
    closeSync(openSync(file, 'wx'));
    renameSync(partial, file);
  }
}

/** What the surroundings did, to SQLite or to this process, for whoever named the file. */
function inWords({ translateError }: Database, file: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') return isThere(file);
  if (syscall === undefined && translateError(error) === error) return error;
  return new DatabaseUnavailable(`${file} could not be made: ${error.message}`, { cause: error });
}

function isThere(file: string): DatabaseUnusable {
  return new DatabaseUnusable(`${file} is there already`);
}

function remove(file: string): void {
  for (const ending of ['', '-journal', '-wal', '-shm']) rmSync(file + ending, { force: true });
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
