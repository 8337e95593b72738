import { type Kysely, sql } from 'kysely';

import type { ColumnType } from '../phrases.ts';
import type { Schema } from '../schema.ts';
import { rowsOf, type Statement, statement } from '../statement.ts';
import type { Row } from './rows.ts';
import { counterTables } from './tables.ts';

export type CounterName = keyof typeof counterTables;

export const counterNames = Object.keys(counterTables) as CounterName[];

/** What has been counted, summed up over all slots; nothing of what adds up to nothing. */
export async function readCounters(db: Kysely<Schema>, name: CounterName): Promise<Row[]> {
  const { keys, sums } = columnsOf(name);
  const summed = sums.map((column) => sql`sum(${sql.ref(column)}) as ${sql.ref(column)}`);
  const { rows } = await sql<Row>`
    select ${sql.join([...keys.map((key) => sql.ref(key)), ...summed])} from ${sql.table(name)}
    group by ${sql.join(keys.map((key) => sql.ref(key)))}
    having sum(${sql.ref(sums[0] as string)}) <> 0
    order by ${sql.join(keys.map((key) => sql.ref(key)))}
  `.execute(db);
  return rows;
}

/** Writes such sums into counters that are at nothing, or were written so before. */
export const writeCounters = Object.fromEntries(
  counterNames.map((name) => [name, writeInto(name)]),
) as Record<CounterName, Statement<{ rows: readonly Row[] }, unknown>>;

function writeInto(name: CounterName) {
  const { keys, sums, types } = columnsOf(name);
  const refs = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)));
  const set = sums.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  return statement(
    { rows: rowsOf(types) },
    ({ rows }) => sql`
      insert into ${sql.table(name)} (slot, ${refs([...keys, ...sums])})
      select 0, ${refs([...keys, ...sums])} from ${rows} as copied where true
      on conflict (${refs(keys)}, slot) do update set ${sql.join(set)}`,
  );
}

function columnsOf(name: CounterName) {
  const columns = Object.entries<ColumnType | 'sum'>(counterTables[name]);
  const only = (sum: boolean) =>
    columns.flatMap(([column, type]) => ((type === 'sum') === sum ? [column] : []));
  const types = columns.map(([column, type]) => [column, type === 'sum' ? 'integer' : type]);
  return {
    keys: only(false),
    sums: only(true),
    types: Object.fromEntries(types) as Record<string, ColumnType>,
  };
}
