import { type Selectable, sql } from 'kysely';

import { toClaim } from './claim.ts';
import { type Database, read, write } from './database.ts';
import { forgetKeys, nextForgetting } from './keys.ts';
import { createLeaseWatch, type LeaseRow } from './lease-watch.ts';
import { joinQueue } from './queue-blocks.ts';
import { diedInHand, type RetryPolicy } from './retry.ts';
import type { OrdersTable } from './schema.ts';
import { type Outcome, settleOrders } from './settle.ts';
import type { Writing } from './writing.ts';

export interface Swept {
  /** Retries whose time had come and which can be claimed now. */
  readonly due: number;
  /** How the claims of workers that died were ended. */
  readonly expired: readonly Outcome[];
  /** Those of them whose order ended as Cancelled, because that had been asked for. */
  readonly cancelled: readonly Outcome[];
  /**
   * In how many milliseconds a sweep is next needed, as far as is known now: for the next retry,
   * the next lease to run out unless it is renewed, the next keys to be forgotten, or because leases
   * must be looked at so often (see `LeaseWatch`). Infinity: nothing is waiting.
   */
  readonly nextInMs: number;
}

export interface Sweeper {
  /**
   * Makes due retries claimable, and takes the orders of a dead worker back into the queue (or
   * ends them as Failed when that was the last attempt). Idempotency keys that are more than a day
   * old are forgotten, some thousand at a time. Any worker may do this at any time; each order is
   * swept once. Takes the write lock only when there is something to do, and not for longer than
   * the orders of one worker take.
   *
   * @param self - the worker that sweeps, which is alive; while its own lease is not renewed it
   *   takes nobody for dead
   * @throws DatabaseUnavailable when nothing was changed
   */
  sweep(self?: string): Promise<Swept>;
}

/** @param monotonic - milliseconds by a clock that nobody sets */
export function createSweeper(
  database: Database,
  policy: RetryPolicy,
  monotonic: () => number = () => performance.now(),
): Sweeper {
  const watch = createLeaseWatch(monotonic);

  async function look(self: string | undefined) {
    const { now, dueAt, leases } = await findWaiting(database);
    const { dead, nextInMs } = watch.judge(leases, now, self);
    const dueInMs = dueAt === null ? Number.POSITIVE_INFINITY : dueAt - now;
    return { dead, dueInMs, nextInMs: Math.min(nextInMs, dueInMs) };
  }

  return {
    async sweep(self) {
      const { dead, dueInMs, nextInMs } = await look(self);
      if (dead.length === 0 && dueInMs > 0) {
        return { due: 0, expired: [], cancelled: [], nextInMs };
      }
      const judgedAt = monotonic();
      const swept = await write(database, async (writing) => {
        await forgetKeys(writing);
        const due = await wakeRetries(writing);
        // What kept this waiting may have kept others from renewing.
        const [late] = dead;
        const hasWaited = late !== undefined && monotonic() - judgedAt > late.lease_ms / 6;
        if (hasWaited) watch.beginAnew();
        return { due, ...(await expireWorker(writing, hasWaited ? undefined : late, policy)) };
      }).catch((error) => {
        watch.beginAnew();
        throw error;
      });
      const next = await look(self);
      return { ...swept, nextInMs: next.dead.length > 0 ? 0 : next.nextInMs };
    },
  };
}

/** Retries woken in one transaction at the most; the next sweep takes the rest. */
const maxRetries = 10_000;

function findWaiting(database: Database) {
  return read(database, async (snapshot) => {
    const { now } = await database.startOf(snapshot);
    const due = await sql<{ at: number | null }>`
      select min(at) as at from (
        select min(not_before) as at from orders
          where status = 'PENDING' and not_before is not null
        union all ${nextForgetting}) as waiting
    `.execute(snapshot);
    const leases: LeaseRow[] = await snapshot
      .selectFrom('workers')
      .select(['worker', 'alive_until', 'lease_ms'])
      .execute();
    return { now, dueAt: due.rows[0]?.at ?? null, leases };
  });
}

async function wakeRetries(writing: Writing): Promise<number> {
  const { trx, now, phrases, news } = writing;
  const { rows } = await sql<{ seq: number }>`
    update orders set not_before = null where seq ${phrases.among(sql`
      select seq from orders
      where status = 'PENDING' and not_before is not null and not_before <= ${now}
      order by not_before limit ${sql.lit(maxRetries)} ${phrases.locks.unlocked}`)}
    returning seq
  `.execute(trx);
  for (const { seq } of rows) joinQueue(writing, seq);
  if (rows.length > 0) news.add('work');
  return rows.length;
}

async function expireWorker(
  writing: Writing,
  dead: LeaseRow | undefined,
  policy: RetryPolicy,
): Promise<Pick<Swept, 'expired' | 'cancelled'>> {
  if (dead === undefined || !(await removeWorker(writing, dead))) {
    return { expired: [], cancelled: [] };
  }
  const { worker } = dead;
  const held = await sql<Selectable<OrdersTable>>`
    select * from orders
    where status = 'PROCESSING' and claimed_by = ${worker}
      and ${writing.phrases.inHand(sql`${worker}`)}
    order by seq
  `.execute(writing.trx);
  // The lease was wait enough: what is tried again is tried at once.
  const atOnce = { ...policy, retryBackoffMs: 0 };
  const expired = held.rows.map((row) =>
    diedInHand(toClaim(row), `worker ${worker} died or lost its lease`, atOnce),
  );
  const { cancelled } = await settleOrders(writing, expired);
  return { expired, cancelled };
}

/** @returns false for one that renewed at the last moment: it is not dead */
async function removeWorker({ trx }: Writing, { worker, alive_until }: LeaseRow): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('workers')
    .where('worker', '=', worker)
    .where('alive_until', '=', alive_until)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
