import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTemporaryPostgres, type TemporaryDatabase } from '@orders/temporary-postgres';

import { sql } from 'kysely';

import { closeDatabase, type Database, openDatabase } from '../src/index.ts';

/** A database that is there for one test. */
export interface OwnDatabase {
  readonly url: string;
  destroy(): Promise<void>;
}

/** Describes the same on every kind of database. */
export function describeOnEachKind(
  title: string,
  suite: (this: Mocha.Suite, make: () => Promise<OwnDatabase>) => void,
): void {
  for (const [kind, make] of Object.entries(kinds)) {
    describe(`${title} (${kind})`, function () {
      // The first of all tests on a kind may have to start a server.
      before(async () => {
        await (await make()).destroy();
      });
      suite.call(this, make);
    });
  }
}

/** How to make a new, empty database of each kind. */
export const kinds = {
  async sqlite() {
    const directory = temporaryDirectory();
    return {
      url: `file:${join(directory, 'orders.db')}`,
      destroy: async () => rmSync(directory, { recursive: true }),
    };
  },
  async postgres() {
    postgres ??= startPostgres();
    const { server, migrated } = await postgres;
    const { url, drop } = await server.createDatabase(migrated);
    return { url, destroy: drop };
  },
} satisfies Record<string, () => Promise<OwnDatabase>>;

/** One server for all tests of this process, and a database to copy: migrating takes longer. */
let postgres: ReturnType<typeof startPostgres> | undefined;

async function startPostgres() {
  const server = await startTemporaryPostgres();
  const migrated = await server.createDatabase();
  await closeDatabase(await openDatabase(migrated.url));
  return { server, migrated };
}

/** Without tables: most tests want one that has been migrated, as `kinds` makes them. */
export async function emptyPostgres(): Promise<TemporaryDatabase> {
  postgres ??= startPostgres();
  return (await postgres).server.createDatabase();
}

/** Ends every connection to a PostgreSQL database but the one that asks for it. */
export async function cutConnections({ writer }: Database): Promise<void> {
  await sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`.execute(writer);
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'orders-test-'));
}
