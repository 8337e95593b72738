import { sql } from 'kysely';

import { type Database, read } from './database.ts';
import { oldestClaimable } from './metrics.ts';

/** The head of the queue and what workers have in hand. Times are milliseconds since 1970-01-01 UTC. */
export interface Queue {
  /** When this was so, by the clock that every other time here comes from. */
  readonly at: number;
  /** The order that is next to be started; null when none waits for a worker. */
  readonly oldestPending: { readonly orderId: string; readonly placedAt: number } | null;
  /** Those whose lease is alive, the longest serving first; no more than 100. */
  readonly workers: readonly BusyWorker[];
}

export interface BusyWorker {
  readonly worker: string;
  readonly startedAt: number;
  /** How many orders it holds. */
  readonly inHand: number;
  /** The first ten of them, in the order of their acceptance. */
  readonly orders: readonly OrderInHand[];
}

export interface OrderInHand {
  readonly orderId: string;
  readonly startedAt: number;
  /** Attempts spent so far, this one included. */
  readonly attempts: number;
}

const maxWorkers = 100;
const maxOrdersEach = 10;

/**
 * Who works at what, and what is next, at one moment. Reads what is in hand and no other orders, so
 * it costs the same whatever waits and whatever has ended.
 *
 * @throws DatabaseUnavailable
 */
export function readQueue(database: Database): Promise<Queue> {
  return read(database, async (snapshot) => {
    const oldest = await oldestClaimable(snapshot, database.phrases);
    const { now } = await database.startOf(snapshot);
    const workers = await snapshot
      .selectFrom('workers')
      .select(['worker', 'started_at as startedAt'])
      .where('alive_until', '>', now)
      .orderBy('started_at')
      .orderBy('worker')
      .limit(sql.lit(maxWorkers))
      .execute();
    const { rows } = await sql<OrderInHand & { worker: string; inHand: number }>`
      select worker, "inHand", "orderId", "startedAt", attempts from (
        select claimed_by as worker, seq, order_id as "orderId", started_at as "startedAt",
          attempt - attempts_unspent as attempts,
          row_number() over (partition by claimed_by order by seq) as place,
          count(*) over (partition by claimed_by) as "inHand"
        from orders where status = 'PROCESSING' and ${database.phrases.inHand()}) as held
      where place <= ${sql.lit(maxOrdersEach)} order by worker, seq
    `.execute(snapshot);
    const held = Map.groupBy(rows, ({ worker }) => worker);
    return {
      at: now,
      oldestPending: oldest ? { orderId: oldest.order_id, placedAt: oldest.placed_at } : null,
      workers: workers.map((one) => {
        const orders = held.get(one.worker) ?? [];
        return { ...one, inHand: orders[0]?.inHand ?? 0, orders: orders.map(asInHand) };
      }),
    };
  });
}

function asInHand({ orderId, startedAt, attempts }: OrderInHand): OrderInHand {
  return { orderId, startedAt, attempts };
}
