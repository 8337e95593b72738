import { Kysely } from 'kysely';

import type { Database } from '../database.ts';
import { DatabaseUnusable } from '../errors.ts';
import type { Notice } from '../notice.ts';
import type { Purpose } from '../purpose.ts';
import type { Schema } from '../schema.ts';
import { catalog } from './catalog.ts';
import { connect, readUrl, unusable } from './connect.ts';
import { beginningOf, OrdersPostgresDialect } from './dialect.ts';
import { isConflict, translateError } from './errors.ts';
import { numberedRun, readableRun } from './feed.ts';
import { createLane } from './lane.ts';
import { migrate } from './migrate.ts';
import { phrases } from './phrases.ts';
import { placerAtOnce } from './place-at-once.ts';
import { createWakeUps } from './wake-up.ts';

/** A database on a PostgreSQL server. @throws DatabaseUnusable */
export async function openPostgres(
  url: string,
  clock: (() => number) | undefined,
  onNotice: Notice,
  purpose: Purpose,
): Promise<Database> {
  const connecting = readUrl(url);
  const { server, ownsSessions } = connecting;
  const pool = await connect(connecting, onNotice);
  // One pool for both: no write keeps others from reading here.
  const database = new Kysely<Schema>({ dialect: new OrdersPostgresDialect(pool, ownsSessions) });
  try {
    await migrate(database, connecting, purpose, onNotice);
  } catch (error) {
    await database.destroy();
    throw unusable(server, error);
  }
  const wakeUps = createWakeUps(connecting, pool, onNotice);
  return {
    writer: database,
    // Another object, so that whoever looks can tell reading from writing.
    reader: database.withoutPlugins(),
    phrases,
    catalog,
    pipelines: true,
    // A pooler would have settings and plans belong to somebody else.
    placeAtOnce: ownsSessions ? placerAtOnce(createLane(pool), clock) : null,
    async startOf(trx) {
      const beginning = await beginningOf(trx);
      return clock === undefined ? beginning : { ...beginning, now: clock() };
    },
    blocks: false,
    calls: new Set(),
    isConflict,
    translateError,
    readableRun: () => readableRun(database),
    numberedRun: () => numberedRun(database),
    watchCommits: wakeUps.watch,
    tellOthers: wakeUps.tell,
    ownWatchers: new Set(),
    // The server's own pg_amcheck finds it.
    findDamage: async () => [],
    async copyTo() {
      throw new DatabaseUnusable(
        `A database on a server is backed up by its own tool: ` +
          `pg_dump --format=custom --file=FILE ${server}`,
      );
    },
    async close() {
      await wakeUps.close();
      await database.destroy();
    },
  };
}
