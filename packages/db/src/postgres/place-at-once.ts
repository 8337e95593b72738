import { sql } from 'kysely';

import { changeCounters } from '../counters.ts';
import type { Database } from '../database.ts';
import { longestRun } from '../event-runs.ts';
import { asPlaced, insertNew, type NewOrder, newOrderColumns } from '../new-order.ts';
import { blockSize } from '../queue-blocks.ts';
import { rowsOf, statement } from '../statement.ts';
import { appendRuns } from '../transitions.ts';
import type { Lane } from './lane.ts';

/**
 * Places orders by one statement, which is the whole transaction: one turn to the server in place of
 * four, and the next group need not wait for it. It does what insertOrders and writeDown do, by the
 * same steps; what these are told of the new orders it finds out by itself. Blocks of the queue that
 * are done stay: who takes orders out of the queue forgets them.
 */
export function placerAtOnce(lane: Lane, clock: (() => number) | undefined) {
  return async (
    { writer, phrases }: Pick<Database, 'writer' | 'phrases'>,
    orders: readonly NewOrder[],
  ): Promise<readonly string[]> => {
    const { rows } = await lane(writer, (connection) =>
      placeAll(
        { trx: writer, connection, phrases },
        { now: clock?.() ?? null, orders, many: orders.length },
      ),
    );
    const { placed = 0, ids } = rows[0] ?? {};
    return placed === orders.length ? orders.map(({ orderId }) => orderId) : (ids ?? []);
  };
}

interface Placed {
  readonly placed: number;
  /** Spared where all were. */
  readonly ids: readonly string[] | null;
}

const { type, to, attempt } = asPlaced;

const placeAll = statement(
  { now: 'integer', orders: rowsOf(newOrderColumns), many: 'integer' },
  ({ now: given, orders, many }) => {
    const now = sql`(select now from beginning)`;
    // Of neighbours the difference is the same. See event-runs.ts.
    const runs = sql`(
      select min(seq) as seq, count(*) as orders, ${sql.lit(type)} as type,
        ${sql.lit(attempt)} as attempt, null as worker, null as detail
      from (select seq, seq - row_number() over (order by seq) as difference from placed) as numbered
      group by difference, seq / ${sql.lit(longestRun)}
      order by 1)`;
    const changes = sql`(
      select ${sql.lit(`now ${to}`)} as counter, 0 as part, count(*) as orders, 0 as ms
      from placed having count(*) > 0
      union all
      select 'queue', seq / ${sql.lit(blockSize)}, count(*), 0 from placed group by 2)`;
    return sql<Placed>`
      with beginning as materialized (
        select coalesce(${given}, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
          take_slot() as slot),
      placed as (${insertNew({ now, orders })}),
      history as (${appendRuns({ now, runs })}),
      counted as (${changeCounters({ slot: sql`(select slot from beginning)`, changes })})
      select count(*) as placed,
        case when count(*) < ${many} then (select json_agg(order_id) from placed) end as ids
      from placed`;
  },
);
