import { type RawBuilder, sql } from 'kysely';

import type { Columns, ColumnType, Phrases } from '../phrases.ts';

const types: Record<ColumnType, RawBuilder<unknown>> = { integer: sql`bigint`, text: sql`text` };

/**
 * Many rows travel as one parameter of JSON, as on SQLite, and come out in the order in which
 * they stand there: `seq` is handed out in the order in which rows arrive at the insert.
 */
export const phrases: Phrases = {
  // With its type: where nothing else tells it, PostgreSQL takes a parameter for text.
  parameter: (type, value) => sql`${value}::${types[type]}`,

  rows: (columns, json) => sql`(
    select ${sql.join(fields(columns))}
    from jsonb_array_elements(${json}::jsonb) with ordinality as given (value, nth)
    order by nth)`,

  groups: (each, columns, json) => sql`(
    select ${sql.join(fields(columns))}, member.value::bigint as ${sql.ref(each)}
    from jsonb_array_elements(${json}::jsonb) with ordinality as given (value, nth),
      jsonb_array_elements_text(given.value -> ${sql.lit(Object.keys(columns).length)})
        with ordinality as member (value, nth)
    order by given.nth, member.nth)`,

  // "in" may be executed again for each row that is looked at, and lock other rows each time.
  among: (query) => sql`= any (array(${query}))`,

  // https://www.postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
  allAtOnce: (statements) => {
    const named = statements.map((one, i) => sql`${sql.ref(`step_${i}`)} as (${one})`);
    return sql`with ${sql.join(named)} select * from ${sql.ref(`step_${statements.length - 1}`)}`;
  },

  // Text here holds neither the character 0 nor half a surrogate pair, and an error's message may.
  // https://www.postgresql.org/docs/current/datatype-json.html
  storable: (json) =>
    unstorable.test(json) ? json.replace(escapes, (_, backslash) => backslash ?? '\ufffd') : json,

  locks: {
    unlocked: sql`for update skip locked`,
    wait: sql`for update`,
    stay: sql`for key share`,
  },
};

function fields(columns: Columns): RawBuilder<unknown>[] {
  return Object.entries(columns).map(
    ([name, type], i) => sql`(given.value ->> ${sql.lit(i)})::${types[type]} as ${sql.ref(name)}`,
  );
}

// Whole pairs stand in the JSON as they are; what is escaped is a half.
const unstorable = /\\u(0000|d[89a-f])/;
const escapes = /(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
