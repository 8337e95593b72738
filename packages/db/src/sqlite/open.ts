import { Kysely } from 'kysely';

import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { connect, unusable } from './connect.ts';
import { OrdersSqliteDialect } from './dialect.ts';
import { translateError } from './errors.ts';
import { readableTo } from './feed.ts';
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
    startOf: () => ({ now: clock(), slot: 0 }),
    calls: new Set(),
    isConflict: () => false,
    translateError,
    readableTo: () => readableTo(reader),
    // Every commit is seen, whatever it brings, and nobody needs to tell of it.
    watchCommits: (_news, onChange) => watchCommits(path, connections.writer, onChange),
    tellOthers() {},
    ownWatchers: new Set(),
    async close() {
      await reader.destroy();
      await writer.destroy();
    },
  };
}
