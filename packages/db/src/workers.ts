import { type Kysely, sql } from 'kysely';

import { type Database, write } from './database.ts';
import type { Phrases } from './phrases.ts';
import type { Schema } from './schema.ts';

/**
 * Makes a worker known, with a lease that runs out after `leaseMs`. Only then does it get claims.
 * May be done again, by a worker that cannot know whether it was done.
 *
 * @param worker - a name that no other worker has had before
 * @throws DatabaseUnavailable
 */
export async function register(database: Database, worker: string, leaseMs: number): Promise<void> {
  await write(database, ({ trx, now }) =>
    trx
      .insertInto('workers')
      .values({ worker, started_at: now, alive_until: now + leaseMs, lease_ms: leaseMs })
      .onConflict((one) =>
        one.column('worker').doUpdateSet({ alive_until: now + leaseMs, lease_ms: leaseMs }),
      )
      .execute(),
  );
}

/**
 * Renews a worker's lease, and with it all its claims, for `leaseMs` from now: one row, however
 * many orders it holds.
 *
 * @returns false when the lease had run out and its orders were given away; the name is then
 *   spent, and the worker must register under a new one to get claims again
 * @throws DatabaseUnavailable
 */
export async function renewLease(
  database: Database,
  worker: string,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await write(database, ({ trx, now }) =>
    trx
      .updateTable('workers')
      .set({ alive_until: now + leaseMs, lease_ms: leaseMs })
      .where('worker', '=', worker)
      .executeTakeFirst(),
  );
  return renewed.numUpdatedRows > 0n;
}

/**
 * Signs a worker off. One that still holds orders stays until its lease runs out, so that they
 * are swept.
 *
 * @throws DatabaseUnavailable
 */
export async function leave(database: Database, worker: string): Promise<void> {
  await write(database, async ({ trx, phrases }) => {
    await holdWorker(trx, phrases, worker);
    await sql`
      delete from workers where worker = ${worker} and not exists
        (select 1 from orders where status = 'PROCESSING' and claimed_by = ${worker}
          and ${phrases.inHand(sql`${worker}`)})
    `.execute(trx);
  });
}

/** Waits for claims of the worker that are being written: what comes behind it sees them. */
export async function holdWorker(
  trx: Kysely<Schema>,
  { locks }: Phrases,
  worker: string,
): Promise<void> {
  await sql`select worker from workers where worker = ${worker} ${locks.wait}`.execute(trx);
}
