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
 * it is done at the first use, for each kind of database, with a placeholder for each value.
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
  const composed = new WeakMap<Phrases, CompiledQuery<Row>>();
  const names = Object.keys(shapes);

  return ({ trx, connection, phrases }, values) => {
    let query = composed.get(phrases);
    if (query === undefined) {
      const placed = names.map((name) => [name, phrase(phrases, shapes[name] as Shape, name)]);
      query = compose(Object.fromEntries(placed), phrases).compile(trx);
      composed.set(phrases, query);
    }
    const encoded = new Map(
      names.map((name) => [name, encode(phrases, shapes[name] as Shape, values[name])]),
    );
    const parameters = query.parameters.map((one) =>
      one instanceof Placeholder ? encoded.get(one.name) : one,
    );
    return connection.executeQuery<Row>({ ...query, parameters });
  };
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

/** Stands in a composed statement where a value will be. */
class Placeholder {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function phrase(phrases: Phrases, shape: Shape, name: string): RawBuilder<unknown> {
  const value = sql.val(new Placeholder(name));
  if (typeof shape === 'string') return phrases.parameter(shape, value);
  return 'each' in shape
    ? phrases.groups(shape.each, shape.columns, value)
    : phrases.rows(shape.columns, value);
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
