import { Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import { DatabaseUnusable } from '../errors.ts';
import { hasExecuted } from '../executed.ts';
import type { Notice } from '../notice.ts';
import { checkPurpose, type Purpose } from '../purpose.ts';
import type { Schema } from '../schema.ts';
import { catalog } from './catalog.ts';
import { type Connecting, createPool, sessionSettings } from './connect.ts';
import { OrdersPostgresDialect } from './dialect.ts';
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
 * everything happens in one transaction, under a lock that it holds to its end, and which others
 * that are to serve wait for. A database that is up to date is only read, as is one for whoever does
 * not serve or copy to it.
 *
 * @throws DatabaseUnusable when a newer version has been there, or it is not fit for this
 */
export async function migrate(
  database: Kysely<Schema>,
  connecting: Connecting,
  purpose: Purpose,
  onNotice: Notice,
): Promise<void> {
  const isMade = await checkPurpose(database, catalog, purpose);
  if (isMade && (await hasExecuted(database, migrations, 'database', purpose))) return;
  // With millions of orders a statement takes longer than any other is waited for.
  const pool = createPool({ ...connecting.config, query_timeout: 0 }, 1);
  const patient = new Kysely<Schema>({
    dialect: new OrdersPostgresDialect(pool, connecting.ownsSessions),
  });
  try {
    await toLatest(patient, connecting.server, purpose, onNotice);
  } finally {
    await patient.destroy();
  }
}

const busy = 'another process is bringing the database up to date. Try again when it is done.';

async function toLatest(
  patient: Kysely<Schema>,
  server: string,
  purpose: Purpose,
  onNotice: Notice,
): Promise<void> {
  await patient
    .transaction()
    .setIsolationLevel('read committed')
    .execute(async (trx) => {
      // The migrator takes its lock after it has looked for its own tables.
      const key = sql`${sql.lit(0x6f726471)}, -1`;
      const { rows } = await sql<{ free: boolean }>`
        select pg_try_advisory_xact_lock(${key}) as free`.execute(trx);
      if (rows[0]?.free === false) {
        if (purpose !== 'serve') throw new DatabaseUnusable(`${server}: ${busy}`);
        onNotice(`${server}: waiting, another process brings the database up to date`);
        await sql`set local lock_timeout = 0`.execute(trx);
        await sql`select pg_advisory_xact_lock(${key})`.execute(trx);
        await sql`set local lock_timeout = ${sql.lit(sessionSettings.lock_timeout)}`.execute(trx);
      }
      const migrator = new Migrator({
        db: trx,
        provider: { getMigrations: async () => migrations },
      });
      const { error } = await migrator.migrateToLatest();
      if (error !== undefined) throw error;
    });
}
