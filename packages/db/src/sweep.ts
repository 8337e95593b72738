import { type Selectable, sql } from 'kysely';

import { toClaim } from './claim.ts';
import { type Database, read, type Writing, write } from './database.ts';
import { forgetKeys, nextForgetting } from './keys.ts';
import { diedInHand, type RetryPolicy } from './retry.ts';
import type { OrdersTable } from './schema.ts';
import { type Outcome, settleOrders } from './settle.ts';

export interface Swept {
  /** Retries whose time had come and which can be claimed now. */
  readonly due: number;
  /** What became of the orders of workers whose lease ran out. */
  readonly expired: readonly Outcome[];
  /**
   * When a sweep is next needed, as far as is known now, in milliseconds since 1970-01-01 UTC:
   * the next retry, the next lease to run out unless it is renewed, or the next keys to be
   * forgotten. null: nothing is waiting.
   */
  readonly nextAt: number | null;
}

/**
 * Makes due retries claimable, and takes the orders of workers whose lease ran out back into
 * the queue (or ends them as Failed when that was the last attempt). Idempotency keys that are
 * more than a day old are forgotten, some thousand at a time. Any worker may do this at any
 * time; each order is swept once. Takes the write lock only when there is something to do.
 *
 * @throws DatabaseUnavailable when nothing was changed
 */
export async function sweep(database: Database, policy: RetryPolicy): Promise<Swept> {
  const nextAt = await nextDue(database);
  if (nextAt === null || nextAt > database.clock()) return { due: 0, expired: [], nextAt };
  const swept = await write(database, async (writing) => {
    await forgetKeys(writing);
    return { due: await wakeRetries(writing), expired: await expireWorkers(writing, policy) };
  });
  return { ...swept, nextAt: await nextDue(database) };
}

/** Retries woken in one transaction at the most; the next sweep takes the rest. */
const maxRetries = 10_000;

async function nextDue(database: Database): Promise<number | null> {
  const { rows } = await read(database, (snapshot) =>
    sql<{ at: number | null }>`
      select min(at) as at from (
        select min(not_before) as at from orders
          where status = 'PENDING' and not_before is not null
        union all select min(alive_until) from workers
        union all ${nextForgetting}) as waiting
    `.execute(snapshot),
  );
  return rows[0]?.at ?? null;
}

async function wakeRetries({ trx, now }: Writing): Promise<number> {
  const { numAffectedRows } = await sql`
    update orders set not_before = null where seq in (
      select seq from orders
      where status = 'PENDING' and not_before is not null and not_before <= ${now}
      order by not_before limit ${maxRetries})
  `.execute(trx);
  return Number(numAffectedRows ?? 0);
}

async function expireWorkers(writing: Writing, policy: RetryPolicy): Promise<Outcome[]> {
  const { trx, now } = writing;
  const gone = await trx
    .deleteFrom('workers')
    .where('alive_until', '<=', now)
    .returning('worker')
    .execute();
  if (gone.length === 0) return [];
  const held = await sql<Selectable<OrdersTable>>`
    select * from orders
    where status = 'PROCESSING' and claimed_by in (${sql.join(gone.map(({ worker }) => worker))})
    order by seq
  `.execute(trx);
  // The lease was wait enough: what is tried again is tried at once.
  const atOnce = { ...policy, retryBackoffMs: 0 };
  const outcomes = held.rows.map((row) =>
    diedInHand(toClaim(row), `worker ${row.claimed_by} died or lost its lease`, atOnce),
  );
  await settleOrders(writing, outcomes);
  return outcomes;
}
