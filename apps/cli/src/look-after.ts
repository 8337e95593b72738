import { resolve } from 'node:path';
import {
  closeDatabase,
  type Database,
  DatabaseUnavailable,
  DatabaseUnusable,
  openDatabase,
} from '@orders/db';
import { databaseUrl, readSettings, SettingsInvalid } from '@orders/runtime';
import { type Command, Option } from 'commander';
import { z } from 'zod';

import { exit, Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** For commands that need no service: they work on the database, whether or not one is running. */
export function databaseOption(): Option {
  return new Option('--database <url>', 'which database')
    .env('DATABASE_URL')
    .default('file:data/orders.db');
}

/**
 * Opens the database that the command line names for as long as the work takes.
 *
 * @throws Failure when it is not there, or cannot do it
 */
export async function lookAfter<T>(
  command: Command,
  { directory }: Terminal,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  try {
    const database = await openDatabase(urlOf(command, directory), { purpose: 'look-after' });
    try {
      return await work(database);
    } finally {
      await closeDatabase(database);
    }
  } catch (error) {
    if (error instanceof SettingsInvalid) throw new Failure(error.message, exit.usage);
    const known = error instanceof DatabaseUnusable || error instanceof DatabaseUnavailable;
    throw known ? new Failure(error.message, exit.unavailable, { cause: error }) : error;
  }
}

/** What stands in the command line begins where the user is, a setting where the project is. */
function urlOf(command: Command, directory: string): string {
  const { DATABASE_URL } = readSettings(z.object({ DATABASE_URL: databaseUrl }), {
    DATABASE_URL: command.opts<{ database: string }>().database,
  });
  const [, path] = /^file:(?!\/)(.*)$/.exec(DATABASE_URL) ?? [];
  const isTyped = command.getOptionValueSource('database') === 'cli';
  return isTyped && path !== undefined ? `file:${resolve(directory, path)}` : DATABASE_URL;
}
