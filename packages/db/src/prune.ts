import { type Kysely, sql } from 'kysely';

import type { Change } from './counters.ts';
import { type Database, read, write } from './database.ts';
import { atMost } from './limit.ts';
import type { Phrases } from './phrases.ts';
import type { EndStatus, Schema } from './schema.ts';
import { rowsOf, statement } from './statement.ts';
import { writeCounters } from './write-down.ts';
import type { Writing } from './writing.ts';

/** How orders can have ended: what is pruned. */
const ends: readonly [EndStatus, ...EndStatus[]] = ['COMPLETED', 'FAILED', 'CANCELLED'];

/** A place among the orders that have ended: right behind this one. */
export interface PrunePlace {
  readonly end: EndStatus;
  readonly placedAt: number;
  readonly seq: number;
}

export interface Pruned {
  readonly orders: number;
  /** Where to go on; null when no more have ended so long ago. */
  readonly next: PrunePlace | null;
}

/**
 * Orders looked at in one go, and so pruned in one transaction, at the most: bounds how long the
 * write lock is held.
 */
const maxLookedAt = 200;

/**
 * Deletes orders that ended `olderThanMs` ago or longer, with their history, some hundred at the
 * most; one that is open, or was retried, stays. Their ids are kept: none of them is ever accepted
 * again. They leave the counts of orders, and stay in the figures that only grow: how often orders
 * ended, and how long they took. Whoever reads the feed goes on behind what is gone.
 *
 * Takes the write lock only when there is something to prune.
 *
 * @param from - where the call before came to; without it, the beginning
 * @throws DatabaseUnavailable when nothing was pruned
 */
export async function pruneOrders(
  database: Database,
  olderThanMs: number,
  from?: PrunePlace,
): Promise<Pruned> {
  const { old, next } = await findOld(database, olderThanMs, from);
  if (old.length === 0) return { orders: 0, next };
  const orders = await write(database, (writing) => deleteOld(writing, old, olderThanMs));
  return { orders, next };
}

/** How many orders a call of `pruneOrders` would prune, and where the next one would begin. */
export async function countPrunable(
  database: Database,
  olderThanMs: number,
  from?: PrunePlace,
): Promise<Pruned> {
  const { old, next } = await findOld(database, olderThanMs, from);
  return { orders: old.length, next };
}

function findOld(
  database: Database,
  olderThanMs: number,
  from: PrunePlace = { end: ends[0], placedAt: -1, seq: 0 },
): Promise<{ old: { seq: number }[]; next: PrunePlace | null }> {
  return read(database, async (snapshot) => {
    const { now } = await database.startOf(snapshot);
    const endedBy = now - olderThanMs;
    const page = await pageOf(snapshot, database.phrases, from, endedBy);
    const old = page.filter((row) => row.finishedAt <= endedBy).map(({ seq }) => ({ seq }));
    const last = page.at(-1);
    if (last !== undefined && page.length === maxLookedAt) {
      return { old, next: { end: from.end, placedAt: last.placedAt, seq: last.seq } };
    }
    const end = ends[ends.indexOf(from.end) + 1];
    return { old, next: end === undefined ? null : { end, placedAt: -1, seq: 0 } };
  });
}

/**
 * By the moment of acceptance, which has an index: what was accepted later has ended later. That
 * an order ended long after its acceptance is seen when it is looked at.
 */
async function pageOf(
  snapshot: Kysely<Schema>,
  { endedAs }: Phrases,
  { end, placedAt, seq }: PrunePlace,
  endedBy: number,
) {
  const { rows } = await sql<{ seq: number; placedAt: number; finishedAt: number }>`
    select seq, placed_at as "placedAt", finished_at as "finishedAt" from orders
    where ${endedAs} = ${sql.lit(end)} and placed_at >= ${placedAt} and placed_at <= ${endedBy}
      and not (placed_at = ${placedAt} and seq <= ${seq})
    order by placed_at, seq limit ${atMost(maxLookedAt)}
  `.execute(snapshot);
  return rows;
}

/** Deletes those of the orders that still are as old. @returns how many these were */
export async function deleteOld(
  writing: Writing,
  old: readonly { seq: number }[],
  olderThanMs: number,
): Promise<number> {
  const endedBy = writing.now - olderThanMs;
  const { rows: orders } = await takeOld(writing, { endedBy, old });
  if (orders.length === 0) return 0;
  await keepIds(writing, { orders });
  await deleteOrders(writing, { orders });
  await holdRuns(writing, { orders });
  await deleteRuns(writing, { orders });
  const changes = ends.flatMap((status): Change[] => {
    const pruned = orders.filter((order) => order.status === status).length;
    if (pruned === 0) return [];
    return [
      { counter: `now ${status}`, part: 0, orders: -pruned, ms: 0 },
      { counter: `pruned ${status}`, part: 0, orders: pruned, ms: 0 },
    ];
  });
  await writeCounters(writing, { slot: writing.slot, changes });
  return orders.length;
}

// Looked at once more, now that nobody else can change them: one may have been retried.
const takeOld = statement(
  { endedBy: 'integer', old: rowsOf({ seq: 'integer' }) },
  ({ endedBy, old }, { among, locks }) => sql<{ seq: number; order_id: string; status: EndStatus }>`
    select seq, order_id, status from orders
    where seq ${among(sql`select seq from ${old} as old`)} and finished_at <= ${endedBy}
    ${locks.unlocked}`,
);

const keepIds = statement(
  { orders: rowsOf({ order_id: 'text' }) },
  ({ orders }) => sql`
    insert into pruned_orders (order_id) select order_id from ${orders} as old where true`,
);

const deleteOrders = statement(
  { orders: rowsOf({ seq: 'integer' }) },
  ({ orders }, { among }) => sql`
    delete from orders where seq ${among(sql`select seq from ${orders} as old`)}`,
);

// Whoever deletes the other orders of a run at the same time waits here, and then sees that it is
// the last: otherwise both would leave the run to the other.
const holdRuns = statement(
  { orders: rowsOf({ seq: 'integer' }) },
  ({ orders }, { among, locks }) => sql`
    select run from event_runs where seq / 32 ${among(sql`select seq / 32 from ${orders} as old`)}
    order by seq / 32, run ${locks.wait}`,
);

const deleteRuns = statement(
  { orders: rowsOf({ seq: 'integer' }) },
  ({ orders }, { among }) => sql`
    delete from event_runs where seq / 32 ${among(sql`select seq / 32 from ${orders} as old`)}
      and not exists (select 1 from orders where orders.seq >= event_runs.seq
        and orders.seq < event_runs.seq + event_runs.orders)`,
);
