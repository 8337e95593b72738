import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';

import type { Counter, CountersTable, Schema } from './schema.ts';
import { rowsOf } from './statement.ts';

/** By how much a counter changes. */
export interface Change {
  readonly counter: Counter;
  readonly part: number;
  readonly orders: number;
  readonly ms: number;
}

export const changesShape = rowsOf({
  ...{ counter: 'text', part: 'integer', orders: 'integer', ms: 'integer' },
});

interface Given {
  /** That of the transaction. */
  readonly slot: RawBuilder<unknown>;
  readonly changes: RawBuilder<unknown>;
}

export type CounterRow = Omit<Selectable<CountersTable>, 'total_ms'>;

// "where true" tells the parser that "on conflict" is not a join's condition.
// https://www.sqlite.org/lang_upsert.html#parsing_ambiguity
export const changeCounters = ({ slot, changes }: Given) => sql<CounterRow>`
  insert into counters (counter, part, slot, orders, total_ms)
  select counter, part, ${slot}, orders, ms from ${changes} as change where true
  on conflict (counter, part, slot) do update set
    orders = counters.orders + excluded.orders, total_ms = counters.total_ms + excluded.total_ms
  returning counter, part, slot, orders`;

/** A counter's part, summed up over the slots. */
export type CounterSum = Omit<Selectable<CountersTable>, 'slot'>;

/** All counters but those of the queue, of which there may be many. */
export async function readCounters(snapshot: Kysely<Schema>): Promise<CounterSum[]> {
  return await sums(snapshot).where('counter', '<', 'queue').execute();
}

export async function readAllCounters(snapshot: Kysely<Schema>): Promise<CounterSum[]> {
  return await sums(snapshot).execute();
}

function sums(snapshot: Kysely<Schema>) {
  return snapshot
    .selectFrom('counters')
    .select(['counter', 'part'])
    .select([sql<number>`sum(orders)`.as('orders'), sql<number>`sum(total_ms)`.as('total_ms')])
    .groupBy(['counter', 'part'])
    .orderBy('counter')
    .orderBy('part');
}
