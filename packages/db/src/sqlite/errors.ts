import { SqliteError } from 'better-sqlite3';

import { DatabaseUnavailable } from '../errors.ts';

/** Someone else holds the write lock (or recovers the log); it passes. */
export function isBusy(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(error.code);
}

/**
 * What a caller gets to see of an error: DatabaseUnavailable for what the surroundings did
 * (lock, disk, file), with the cause; anything else, a mistake of ours, unchanged.
 */
export function translateError(error: unknown): unknown {
  if (!(error instanceof SqliteError) || !ofTheSurroundings.test(error.code)) return error;
  return new DatabaseUnavailable(`the database is unavailable (${error.code})`, { cause: error });
}

// Result codes: https://www.sqlite.org/rescode.html
const ofTheSurroundings =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB|NOMEM|PROTOCOL|PERM)/;
