import { Kysely } from 'kysely';

import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { connect, unusable } from './connect.ts';
import { OrdersSqliteDialect } from './dialect.ts';
import { translateError } from './errors.ts';
import { migrate } from './migrate.ts';
import { phrases } from './phrases.ts';
import { watchCommits } from './wake-up.ts';

/** A SQLite file as the database. @throws DatabaseUnusable */
export async function openSqlite(url: string, clock: () => number): Promise<Database> {
  const { path, ...connections } = await connect(url);
  const writer = new Kysely<Schema>({ dialect: new OrdersSqliteDialect(connections.writer) });
  const reader = new Kysely<Schema>({ dialect: new OrdersSqliteDialect(connections.reader) });
  try {
    await migrate(writer);
  } catch (error) {
    connections.writer.close();
    connections.reader.close();
    throw unusable(path, error);
  }
  return {
    writer,
    reader,
    phrases,
    clock,
    calls: new Set(),
    translateError,
    watchCommits: (onChange) => watchCommits(path, connections.writer, onChange),
    ownWatchers: new Set(),
  };
}
