import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';

import { hasExecuted } from '../executed.ts';
import type { Notice } from '../notice.ts';
import { checkPurpose, type Purpose } from '../purpose.ts';
import type { Schema } from '../schema.ts';
import { catalog } from './catalog.ts';
import { applicationId } from './connect.ts';
import { isBusy } from './errors.ts';
import { orders } from './migrations/001-orders.ts';
import { cancel } from './migrations/002-cancel.ts';
import { idempotency } from './migrations/003-idempotency.ts';
import { find } from './migrations/004-find.ts';
import { lean } from './migrations/006-lean.ts';
import { slots } from './migrations/007-slots.ts';
import { pruned } from './migrations/009-pruned.ts';
import { eventRuns } from './migrations/010-event-runs.ts';
import { counters } from './migrations/011-counters.ts';
import { runNumbers } from './migrations/012-run-numbers.ts';
import { heldBySeq } from './migrations/013-held-by-seq.ts';

export const migrations: Record<string, Migration> = {
  '001-orders': orders,
  '002-cancel': cancel,
  '003-idempotency': idempotency,
  '004-find': find,
  '006-lean': lean,
  '007-slots': slots,
  '009-pruned': pruned,
  '010-event-runs': eventRuns,
  '011-counters': counters,
  '012-run-numbers': runNumbers,
  '013-held-by-seq': heldBySeq,
};

/**
 * Brings the file to this version's schema, whoever else does the same at the same moment:
 * everything happens in one transaction that holds the write lock from its start. A file that
 * is up to date is only read, as is one for whoever does not serve or copy to it. Who is to serve
 * waits for that lock, which another process may have for as long as it takes to migrate millions of
 * orders.
 *
 * @throws DatabaseUnusable when a newer version has been at the file, or it is not fit for this
 */
export async function migrate(
  writer: Kysely<Schema>,
  purpose: Purpose,
  onNotice: Notice,
): Promise<void> {
  const isMade = await checkPurpose(writer, catalog, purpose);
  if (isMade && (await hasExecuted(writer, migrations, 'file', purpose))) return;
  for (let tries = 1; ; tries += 1) {
    try {
      return await toLatest(writer);
    } catch (error) {
      if (!isBusy(error) || purpose !== 'serve') throw error;
      if (tries === 1) onNotice(waiting);
    }
  }
}

const waiting = 'waiting, another process brings the file up to date, or has it locked';

async function toLatest(writer: Kysely<Schema>): Promise<void> {
  await writer.transaction().execute(async (trx) => {
    const migrator = new Migrator({
      db: trx,
      provider: { getMigrations: async () => migrations },
    });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    await sql`pragma application_id = ${sql.lit(applicationId)}`.execute(trx);
  });
}
