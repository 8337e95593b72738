import { type Selectable, sql } from 'kysely';

import type { Claim } from './claim.ts';
import { type Database, read, type Writing, write } from './database.ts';
import { toOrder } from './orders.ts';
import { diedInHand, type RetryPolicy } from './retry.ts';
import type { OrdersTable } from './schema.ts';
import { type Outcome, settleOrders } from './settle.ts';

export interface Swept {
  /** Retries whose time had come and which can be claimed now. */
  readonly due: number;
  /** What became of the orders of workers whose lease ran out. */
  readonly expired: readonly Outcome[];
}

/**
 * Makes due retries claimable, and takes the orders of workers whose lease ran out back into
 * the queue (or ends them as Failed when that was the last attempt). Any worker may do this at
 * any time; each order is swept once. Takes the write lock only when there is something to do.
 *
 * @throws DatabaseUnavailable when nothing was changed
 */
export async function sweep(database: Database, policy: RetryPolicy): Promise<Swept> {
  if (!(await anythingDue(database))) return { due: 0, expired: [] };
  return write(database, async (writing) => ({
    due: await wakeRetries(writing),
    expired: await expireWorkers(writing, policy),
  }));
}

/** Retries woken in one transaction at the most; the next sweep takes the rest. */
const maxRetries = 10_000;

async function anythingDue(database: Database): Promise<boolean> {
  const now = database.clock();
  const { rows } = await read(database, (snapshot) =>
    sql<{ due: number }>`
      select exists (select 1 from orders
          where status = 'PENDING' and not_before is not null and not_before <= ${now})
        or exists (select 1 from workers where alive_until <= ${now}) as due
    `.execute(snapshot),
  );
  return Boolean(rows[0]?.due);
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
  const outcomes = held.rows.map((row) =>
    diedInHand(toClaim(row), `worker ${row.claimed_by} died or lost its lease`, policy),
  );
  await settleOrders(writing, outcomes);
  return outcomes;
}

function toClaim(row: Selectable<OrdersTable>): Claim {
  return {
    order: toOrder(row),
    worker: row.claimed_by as string,
    attempt: row.attempt,
    crashes: row.crashes,
    alone: row.claimed_alone === 1,
  };
}
