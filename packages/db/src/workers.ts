import { sql } from 'kysely';

import { type Database, write } from './database.ts';

/**
 * Renews a worker's lease, and with it its claims, for `leaseMs` from now; the first call
 * registers the worker. One row, however many orders it holds.
 *
 * @returns true when the lease had been renewed in time; false when the worker is new to the
 *   database, or came back so late that its orders were given away: then it holds nothing
 * @throws DatabaseUnavailable
 */
export function renewLease(database: Database, worker: string, leaseMs: number): Promise<boolean> {
  return write(database, async ({ trx, now }) => {
    const renewed = await trx
      .updateTable('workers')
      .set({ alive_until: now + leaseMs })
      .where('worker', '=', worker)
      .executeTakeFirst();
    if (renewed.numUpdatedRows > 0n) return true;
    await trx
      .insertInto('workers')
      .values({ worker, started_at: now, alive_until: now + leaseMs })
      .execute();
    return false;
  });
}

/**
 * Signs a worker off. One that still holds orders stays until its lease runs out, so that they
 * are swept.
 *
 * @throws DatabaseUnavailable
 */
export async function leave(database: Database, worker: string): Promise<void> {
  await write(database, ({ trx }) =>
    sql`
      delete from workers where worker = ${worker} and not exists
        (select 1 from orders where status = 'PROCESSING' and claimed_by = ${worker})
    `.execute(trx),
  );
}
