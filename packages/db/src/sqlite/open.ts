import { Kysely } from 'kysely';

import type { Database } from '../database.ts';
import type { Notice } from '../notice.ts';
import type { Purpose } from '../purpose.ts';
import type { Schema } from '../schema.ts';
import { catalog } from './catalog.ts';
import { connect, unusable } from './connect.ts';
import { copyDatabase } from './copy.ts';
import { findDamage } from './damage.ts';
import { type Manners, OrdersSqliteDialect } from './dialect.ts';
import { translateError } from './errors.ts';
import { readableRun } from './feed.ts';
import { migrate } from './migrate.ts';
import { phrases } from './phrases.ts';
import { createWakeUps } from './wake-up.ts';

/** A SQLite file as the database. @throws DatabaseUnusable */
export async function openSqlite(
  url: string,
  clock: () => number,
  onNotice: Notice,
  purpose: Purpose,
  manners: Manners,
): Promise<Database> {
  const { path, ...connections } = await connect(url, purpose);
  const writer = new Kysely<Schema>({
    dialect: new OrdersSqliteDialect(connections.writer, manners),
  });
  const reader = new Kysely<Schema>({ dialect: new OrdersSqliteDialect(connections.reader) });
  try {
    await migrate(writer, purpose, (message) => onNotice(`${path}: ${message}`));
    // SQLite notes what a statement changes, so that it can be undone alone: from 64 KiB on in a
    // temporary file, which nearly doubles what a round of a hundred orders writes. Not before the
    // tables are made: indexes of millions of rows are sorted in temporary files.
    // https://www.sqlite.org/tempfiles.html#statement_journal_files
    connections.writer.pragma('temp_store = memory');
  } catch (error) {
    connections.writer.close();
    connections.reader.close();
    throw unusable(path, error);
  }
  const wakeUps = createWakeUps(path);
  return {
    writer,
    reader,
    phrases,
    catalog,
    // After a full disk, for one, nothing is left to be undone: what follows would be kept.
    pipelines: false,
    placeAtOnce: null,
    startOf: () => ({ now: clock(), slot: 0 }),
    blocks: true,
    calls: new Set(),
    isConflict: () => false,
    translateError,
    readableRun: () => readableRun(reader),
    // What is numbered and not committed is nobody else's to see.
    numberedRun: () => readableRun(reader),
    watchCommits: wakeUps.watch,
    tellOthers: wakeUps.tell,
    ownWatchers: new Set(),
    findDamage: (onProgress) => findDamage(path, onProgress),
    copyTo: (file, onProgress) => copyDatabase(path, file, onProgress),
    async close() {
      wakeUps.close();
      // Kysely ends only a connection that it has used; the last one to end takes the -wal along.
      await reader.destroy();
      connections.reader.close();
      await writer.destroy();
      connections.writer.close();
    },
  };
}
