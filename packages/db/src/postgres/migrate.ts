import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import { hasExecuted } from '../executed.ts';
import { checkPurpose, type Purpose } from '../purpose.ts';
import type { Schema } from '../schema.ts';
import { catalog } from './catalog.ts';
import { orders } from './migrations/001-orders.ts';
import { pruned } from './migrations/002-pruned.ts';
import { eventRuns } from './migrations/003-event-runs.ts';
import { lean } from './migrations/004-lean.ts';
import { counters } from './migrations/005-counters.ts';

export const migrations: Record<string, Migration> = {
  '001-orders': orders,
  '002-pruned': pruned,
  '003-event-runs': eventRuns,
  '004-lean': lean,
  '005-counters': counters,
};

/**
 * Brings the database to this version's schema, whoever else does the same at the same moment:
 * everything happens in one transaction, under a lock that it holds to its end. A database that
 * is up to date is only read.
 *
 * @throws DatabaseUnusable when a newer version has been there, or it is not fit for this
 */
export async function migrate(writer: Kysely<Schema>, purpose: Purpose): Promise<void> {
  const isMade = await checkPurpose(writer, catalog, purpose);
  if (isMade && (await hasExecuted(writer, migrations, 'database'))) return;
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
