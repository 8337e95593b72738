import { type CompiledQuery, type Kysely, type QueryResult, type RawBuilder, sql } from 'kysely';

import type { Columns, ColumnType, Phrases } from './phrases.ts';
import type { Schema } from './schema.ts';
import type { Writing } from './writing.ts';

/** Rows given by the caller, as a table in the statement. */
interface RowsShape {
  readonly columns: Columns;
}

/** The same where neighbours often differ in one integer only: each such group travels as one. */
interface GroupsShape extends RowsShape {
  readonly each: string;
}

type Shape = ColumnType | RowsShape | GroupsShape;
type Given<S extends Shape> = S extends 'integer'
  ? number | null
  : S extends 'text'
    ? string | null
    : readonly object[];

/** A statement that is composed once, and executed with other values each time. */
export type Statement<Values, Row> = (
  writing: Pick<Writing, 'connection' | 'phrases'> & { readonly trx: Kysely<Schema> },
  values: Values,
) => Promise<QueryResult<Row>>;

export function rowsOf(columns: Columns): RowsShape {
  return { columns };
}

export function groupsOf(each: string, columns: Columns): GroupsShape {
  return { each, columns };
}

/**
 * Makes a statement. Composing one with Kysely takes longer than SQLite takes to execute it, so
 * it is done at the first use, for each kind of database and each number of few rows, with a
 * placeholder for each value.
 *
 * @param shapes - the values by name: one of a type, or rows, which are objects with the columns
 * @param compose - gets what stands for each value in the statement
 */
export function statement<Row, const Shapes extends Readonly<Record<string, Shape>>>(
  shapes: Shapes,
  compose: (
    values: { readonly [name in keyof Shapes]: RawBuilder<unknown> },
    phrases: Phrases,
  ) => RawBuilder<Row>,
): Statement<{ readonly [name in keyof Shapes]: Given<Shapes[name]> }, Row> {
  const composed = new WeakMap<Phrases, Map<string, CompiledQuery<Row>>>();
  const names = Object.keys(shapes);

  return ({ trx, connection, phrases }, values) => {
    const given: Readonly<Record<string, unknown>> = values;
    const few = names.map((name) => countFew(phrases, given[name]));
    const numbers = few.join();
    const queries = composed.get(phrases) ?? new Map<string, CompiledQuery<Row>>();
    let query = queries.get(numbers);
    if (query === undefined) {
      const placed = names.map((name, i) => [
        name,
        phrase(phrases, shapes[name] as Shape, name, few[i] as number),
      ]);
      query = compose(Object.fromEntries(placed), phrases).compile(trx);
      composed.set(phrases, queries.set(numbers, query));
    }
    const parameters = query.parameters.map((one) => {
      if (!(one instanceof Placeholder)) return one;
      const { name, row, column } = one;
      if (column !== undefined) return (given[name] as readonly Fields[])[row]?.[column];
      return encode(phrases, shapes[name] as Shape, given[name]);
    });
    return connection.executeQuery<Row>({ ...query, parameters });
  };
}

/** How many rows are given, where they are so few that each field travels by itself; else 0. */
function countFew({ maxFewRows }: Phrases, given: unknown): number {
  return Array.isArray(given) && given.length <= maxFewRows ? given.length : 0;
}

/**
 * Makes calls of which none needs what another one answers: their first statements are executed in
 * this order, and travel together where they can.
 *
 * @throws the error of the first that fails; the transaction can then only be undone
 */
export async function together<Results extends readonly unknown[]>(
  { pipelines }: Pick<Writing, 'pipelines'>,
  ...calls: { readonly [i in keyof Results]: () => Promise<Results[i]> }
): Promise<Results> {
  const results: unknown[] = [];
  if (!pipelines) {
    for (const call of calls) results.push(await call());
    return results as unknown as Results;
  }
  for (const outcome of await Promise.allSettled(calls.map((call) => call()))) {
    // Those behind it failed because it did.
    if (outcome.status === 'rejected') throw outcome.reason;
    results.push(outcome.value);
  }
  return results as unknown as Results;
}

/** Stands in a composed statement where a value will be, or a field of a row. */
class Placeholder {
  readonly name: string;
  readonly row: number;
  readonly column: string | undefined;

  constructor(name: string, row = 0, column?: string) {
    this.name = name;
    this.row = row;
    this.column = column;
  }
}

function phrase(phrases: Phrases, shape: Shape, name: string, few: number): RawBuilder<unknown> {
  const value = sql.val(new Placeholder(name));
  if (typeof shape === 'string') return phrases.parameter(shape, value);
  const { columns } = shape;
  if (few > 0) {
    const all = 'each' in shape ? { ...columns, [shape.each]: 'integer' as const } : columns;
    const rows = Array.from({ length: few }, (_, row) => fieldsOf(phrases, all, name, row));
    return sql`(${sql.join(rows, sql` union all `)})`;
  }
  return 'each' in shape
    ? phrases.groups(shape.each, columns, value)
    : phrases.rows(columns, value);
}

function fieldsOf(phrases: Phrases, columns: Columns, name: string, row: number) {
  const fields = Object.entries(columns).map(([column, type]) => {
    const value = phrases.parameter(type, sql.val(new Placeholder(name, row, column)));
    return sql`${value} as ${sql.ref(column)}`;
  });
  return sql`select ${sql.join(fields)}`;
}

type Fields = Record<string, unknown>;

function encode(phrases: Phrases, shape: Shape, given: unknown): unknown {
  if (typeof shape === 'string') return given;
  const rows = given as readonly Fields[];
  const names = Object.keys(shape.columns);
  const table =
    'each' in shape
      ? groupNeighbours(rows, names, shape.each)
      : rows.map((row) => names.map((name) => row[name]));
  return phrases.storable(JSON.stringify(table));
}

function groupNeighbours(rows: readonly Fields[], names: readonly string[], each: string) {
  const groups: unknown[][] = [];
  let first: Fields | undefined;
  let members: unknown[] = [];
  for (const row of rows) {
    if (first === undefined || names.some((name) => row[name] !== first?.[name])) {
      first = row;
      members = [];
      groups.push([...names.map((name) => row[name]), members]);
    }
    members.push(row[each]);
  }
  return groups;
}
