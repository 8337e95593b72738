import { sql } from 'kysely';

import type { Rows } from '../rows.ts';

/**
 * Rows given by the caller, as a table to select from: `(select … from json_to_recordset($1))`.
 *
 * One parameter, whatever the number of rows: the statement's text stays the same and is
 * prepared once, and no limit on parameters applies. The order is part of it: `seq` is handed out
 * in the order in which rows arrive at the insert.
 */
export const rows: Rows = (columns, values) => {
  const names = Object.keys(columns);
  const typed = names.map(
    (name) => sql`${sql.ref(name)} ${sql.raw(columns[name] === 'text' ? 'text' : 'bigint')}`,
  );
  const selected = sql.join(names.map((name) => sql.ref(name)));
  return sql`(select ${selected}
    from rows from (json_to_recordset(${asJson(names, values)}) as (${sql.join(typed)}))
      with ordinality as given (${selected}, nth) order by nth)`;
};

function asJson(names: readonly string[], values: readonly object[]): string {
  const table = values.map((row) =>
    Object.fromEntries(names.map((name) => [name, (row as Record<string, unknown>)[name]])),
  );
  const json = JSON.stringify(table);
  return unstorable.test(json) ? JSON.stringify(table, storable) : json;
}

// PostgreSQL's text holds neither the character 0 nor half a surrogate pair; an error's message
// may. https://www.postgresql.org/docs/current/datatype-json.html
const unstorable = /\\u(0000|d[89a-f])/i;

function storable(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\ufffd') : value;
}
