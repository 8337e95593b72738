import { type RawBuilder, type Selectable, sql } from 'kysely';
import { claimable } from './claimable.ts';
import { type Database, read, write } from './database.ts';
import { atMost } from './limit.ts';
import { type Order, toOrder } from './orders.ts';
import type { Phrases } from './phrases.ts';
import { leaveQueue } from './queue-blocks.ts';
import type { OrdersTable } from './schema.ts';
import { rowsOf, statement } from './statement.ts';
import { holdWorker } from './workers.ts';
import type { Writing } from './writing.ts';

/** A worker's right to one order. `worker` and `attempt` together name it, once and for ever. */
export interface Claim {
  readonly order: Order;
  readonly worker: string;
  readonly attempt: number;
  /**
   * More than 0: a process died with this order and others in hand, that often in a row. Its
   * worker claims nothing more until its hands are empty.
   */
  readonly crashes: number;
  /**
   * A suspect with nothing beside it: should its process die, it is why. Never so for an order
   * that is not a suspect: something left behind by an earlier one may be in the process still.
   */
  readonly alone: boolean;
}

export interface ClaimRequest {
  readonly worker: string;
  /** Orders that the worker could start now. */
  readonly places: number;
  /** Orders in its hands already. */
  readonly holding: number;
  /** Orders that it could have in hand when it has none. */
  readonly concurrency: number;
}

/**
 * Claims the oldest orders that are pending, at most `places`, in the order of their
 * acceptance: no order is claimed before an older one that is pending, by whichever worker.
 * A worker that is not registered, or no more, gets none.
 *
 * When a process dies with orders in hand nobody knows what was the cause: one of them, or
 * something that an earlier one left behind. They are pending again as suspects (`crashes` > 0,
 * attempt unspent), and are claimed by a worker with empty hands only, which runs them with
 * nothing else beside them, in groups that shrink to a quarter with each further crash, in the
 * end to one: that one then answers for itself, and no bystander spends an attempt on it. The
 * price: a suspect that is next in the queue waits until some worker has empty hands, and the
 * orders behind it wait with it; one that is looked at while what stands before it is being claimed
 * waits for the next look.
 *
 * @param joined - where orders are settled in the same transaction, the first of their seqs: they
 *   may be pending again
 * @returns the claims, oldest first
 */
export async function claimOrders(
  writing: Writing,
  request: ClaimRequest,
  joined = Number.MAX_SAFE_INTEGER,
): Promise<Claim[]> {
  if (request.places <= 0) return [];
  const claims = await claimTrusted(writing, request, joined);
  if (claims.length === 0 && request.holding === 0) {
    claims.push(...(await claimSuspects(writing, request, joined)));
  }
  for (const { order, worker, attempt } of claims) {
    leaveQueue(writing, order.seq);
    const waitedMs = writing.now - order.placedAt;
    writing.transitions.push({
      ...{ seq: order.seq, type: 'started', from: 'PENDING', to: 'PROCESSING', attempt, worker },
      ...{ detail: null, duration: attempt === 1 ? { kind: 'waiting', ms: waitedMs } : undefined },
    });
  }
  return claims;
}

/** Whether an order is waiting that could be claimed. Reads one index entry, locks nothing. */
export async function anyClaimable(database: Database): Promise<boolean> {
  const found = await read(database, (snapshot) =>
    snapshot
      .selectFrom('orders')
      .select('seq')
      .where(claimable)
      .where(database.phrases.inTheQueue())
      .limit(1)
      .execute(),
  );
  return found.length > 0;
}

/**
 * The claims that a worker holds as the database knows them, oldest order first: for one that
 * cannot know whether its last round was written. One that is still being written is waited for.
 *
 * @throws DatabaseUnavailable
 */
export function findClaims(database: Database, worker: string): Promise<Claim[]> {
  return write(database, async ({ trx, phrases }) => {
    await holdWorker(trx, phrases, worker);
    const { rows } = await sql<Selectable<OrdersTable>>`
      select * from orders
      where status = 'PROCESSING' and claimed_by = ${worker} and ${phrases.inHand(sql`${worker}`)}
      order by seq
    `.execute(trx);
    return rows.map(toClaim);
  });
}

async function claimTrusted(
  writing: Writing,
  request: ClaimRequest,
  joined: number,
): Promise<Claim[]> {
  const { worker, places } = request;
  const { rows } = await takeOldest(writing, {
    worker,
    now: writing.now,
    alone: 0,
    places,
    joined,
  });
  return toClaims(rows);
}

const taking = { worker: 'text', now: 'integer', alone: 'integer' } as const;

const takeOldest = statement(
  { ...taking, places: 'integer', joined: 'integer' },
  ({ places, joined, ...values }, phrases) =>
    take(
      values,
      phrases,
      sql`crashes = 0`,
      sql`select seq from orders where ${claimable} and ${phrases.inTheQueue(joined)} and seq < coalesce(
      (select min(seq) from orders where ${claimable} and crashes > 0
        and ${phrases.inTheQueue(joined)}), 9223372036854775807)
    order by seq limit ${atMost(places)} ${phrases.locks.unlocked}`,
    ),
);

const takeSuspects = statement(
  { ...taking, suspects: rowsOf({ seq: 'integer' }) },
  ({ suspects, ...values }, phrases) =>
    take(
      values,
      phrases,
      sql`crashes > 0`,
      sql`select seq from orders where ${claimable}
    and seq ${phrases.among(sql`select seq from ${suspects} as suspect`)}
    order by seq ${phrases.locks.unlocked}`,
    ),
);

/** Locks no order that it does not take: others would pass it over. */
async function claimSuspects(
  writing: Writing,
  request: ClaimRequest,
  joined: number,
): Promise<Claim[]> {
  const { inTheQueue } = writing.phrases;
  const { rows } = await sql<{ seq: number; crashes: number }>`
    select seq, crashes from orders where ${claimable} and ${inTheQueue(sql`cast(${joined} as bigint)`)}
    order by seq limit ${atMost(request.places)}
  `.execute(writing.trx);
  const group: number[] = [];
  let limit = request.places;
  for (const { seq, crashes } of rows) {
    limit = Math.min(limit, suspectsTogether(request.concurrency, crashes));
    if (crashes === 0 || group.length >= limit) break;
    group.push(seq);
  }
  if (group.length === 0) return [];
  const taken = await takeSuspects(writing, {
    worker: request.worker,
    now: writing.now,
    alone: group.length === 1 ? 1 : 0,
    suspects: group.map((seq) => ({ seq })),
  });
  // What waited behind them is free now.
  if (taken.rows.length > 0) writing.news.add('work');
  return toClaims(taken.rows);
}

function suspectsTogether(concurrency: number, crashes: number): number {
  return Math.max(1, Math.floor(concurrency / 4 ** crashes));
}

/**
 * What is chosen by the state of a moment before is looked at once more when it is locked
 * (`still`). And the worker's row stays: when its lease is swept meanwhile, either it gets no
 * claim, or the sweep waits and finds it.
 */
function take(
  { worker, now, alone }: { readonly [name in keyof typeof taking]: RawBuilder<unknown> },
  { among, locks }: Phrases,
  still: RawBuilder<unknown>,
  seqs: RawBuilder<unknown>,
): RawBuilder<Selectable<OrdersTable>> {
  return sql`
    update orders set status = 'PROCESSING', claimed_by = ${worker}, attempt = attempt + 1,
      started_at = ${now}, claimed_alone = ${alone}
    where seq ${among(seqs)} and ${still}
      and exists (select 1 from workers where worker = ${worker} ${locks.stay})
    returning *`;
}

function toClaims(rows: readonly Selectable<OrdersTable>[]): Claim[] {
  return rows.toSorted((a, b) => a.seq - b.seq).map(toClaim);
}

/** The claim under which an order that is PROCESSING is held. */
export function toClaim(row: Selectable<OrdersTable>): Claim {
  return {
    order: toOrder(row),
    worker: row.claimed_by as string,
    attempt: row.attempt,
    crashes: row.crashes,
    alone: row.claimed_alone === 1,
  };
}
