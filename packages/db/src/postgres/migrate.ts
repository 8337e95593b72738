import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import { hasExecuted } from '../executed.ts';
import type { Schema } from '../schema.ts';
import { orders } from './migrations/001-orders.ts';
import { pruned } from './migrations/002-pruned.ts';

const migrations: Record<string, Migration> = {
  '001-orders': orders,
  '002-pruned': pruned,
};

/**
 * Brings the database to this version's schema, whoever else does the same at the same moment:
 * everything happens in one transaction, under a lock that it holds to its end. A database that
 * is up to date is only read.
 *
 * @throws DatabaseUnusable when a newer version has been there
 */
export async function migrate(writer: Kysely<Schema>): Promise<void> {
  if (await isCurrent(writer)) return;
  await writer
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      // The migrator takes its lock after it has looked for its own tables.
      await sql`select pg_advisory_xact_lock(${sql.lit(0x6f726471)}, -1)`.execute(trx);
      const migrator = new Migrator({
        db: trx,
        provider: { getMigrations: async () => migrations },
      });
      const { error } = await migrator.migrateToLatest();
      if (error !== undefined) throw error;
    });
}

async function isCurrent(writer: Kysely<Schema>): Promise<boolean> {
  const table = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(writer);
  if (!table.rows[0]?.there) return false;
  return hasExecuted(writer, migrations, 'database');
}
