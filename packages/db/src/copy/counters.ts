import { type Kysely, sql } from 'kysely';

import { type CounterSum, readAllCounters } from '../counters.ts';
import type { Schema } from '../schema.ts';
import { rowsOf, statement } from '../statement.ts';

/** What has been counted, summed up over all slots; nothing of what adds up to nothing. */
export async function readSums(db: Kysely<Schema>): Promise<CounterSum[]> {
  return (await readAllCounters(db)).filter(({ orders }) => orders !== 0);
}

/** Writes such sums into counters that are at nothing, or were written so before. */
export const writeSums = statement(
  {
    sums: rowsOf({
      ...{ counter: 'text', part: 'integer', orders: 'integer', total_ms: 'integer' },
    }),
  },
  ({ sums }) => sql`
    insert into counters (counter, part, slot, orders, total_ms)
    select counter, part, 0, orders, total_ms from ${sums} as copied where true
    on conflict (counter, part, slot) do update set
      orders = excluded.orders, total_ms = excluded.total_ms`,
);
