import { type Kysely, sql } from 'kysely';

import { atMost } from '../limit.ts';
import type { Columns } from '../phrases.ts';
import type { Schema } from '../schema.ts';
import { rowsOf, type Statement, statement } from '../statement.ts';
import { type PlainTable, plainTables } from './tables.ts';

export type PlainName = keyof typeof plainTables;
export type Row = Readonly<Record<string, unknown>>;
export type Key = number | string;

/** Rows that travel together. An order has up to 16 KiB. */
export const pageSize = 2000;

export const plainNames = Object.keys(plainTables) as PlainName[];

/** Below every key that there can be. */
export function beforeAll(name: PlainName): Key {
  const { key, columns } = plainTables[name];
  return (columns as Columns)[key] === 'integer' ? 0 : '';
}

export function keyOf(name: PlainName, row: Row): Key {
  return row[plainTables[name].key] as Key;
}

/** The rows behind a key, in the order of the keys. */
export async function readPage(db: Kysely<Schema>, name: PlainName, after: Key): Promise<Row[]> {
  const { key, columns, only = sql`true` } = plainTables[name] as PlainTable<typeof name>;
  const { rows } = await sql<Row>`
    select ${names(columns)} from ${sql.table(name)}
    where ${sql.ref(key)} > ${after} and ${only} order by ${sql.ref(key)} limit ${atMost(pageSize)}
  `.execute(db);
  return rows;
}

/** The key of the last row; undefined when there is none. */
export async function lastKey(db: Kysely<Schema>, name: PlainName): Promise<Key | undefined> {
  const key = sql.ref(plainTables[name].key);
  const { rows } = await sql<{ last: Key }>`
    select ${key} as last from ${sql.table(name)} order by ${key} desc limit 1`.execute(db);
  return rows[0]?.last;
}

/** Inserts rows that are not there already; whether they are the same is not looked at here. */
export const insertRows = Object.fromEntries(
  plainNames.map((name) => [name, insertInto(name, plainTables[name].columns)]),
) as Record<PlainName, Statement<{ rows: readonly Row[] }, unknown>>;

function insertInto(name: PlainName, columns: Columns) {
  return statement(
    { rows: rowsOf(columns) },
    ({ rows }) => sql`
      insert into ${sql.table(name)} (${names(columns)})
      select ${names(columns)} from ${rows} as copied where true on conflict do nothing`,
  );
}

function names(columns: Columns) {
  return sql.join(Object.keys(columns).map((name) => sql.ref(name)));
}
