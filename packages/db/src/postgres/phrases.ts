import { type RawBuilder, sql } from 'kysely';

import type { Columns, ColumnType, Phrases } from '../phrases.ts';
import { inHand } from './held-blocks.ts';

const types: Record<ColumnType, RawBuilder<unknown>> = { integer: sql`bigint`, text: sql`text` };

/**
 * Many rows travel as one parameter of JSON, as on SQLite, and come out in the order in which
 * they stand there: `seq` is handed out in the order in which rows arrive at the insert.
 */
export const phrases: Phrases = {
  // With its type: where nothing else tells it, PostgreSQL takes a parameter for text.
  parameter: (type, value) => sql`${value}::${types[type]}`,

  maxFewRows: 0,

  rows: (columns, json) => sql`(
    select ${sql.join(fields(columns))}
    from jsonb_array_elements(${json}::jsonb) with ordinality as given (value, nth)
    order by nth)`,

  // The condition holds always, and has the planner expect few rows, which then lead to the others
  // by their keys. Where it expected 10,000, of a table that was new when it looked (and it looks
  // once), it read that table through and took all of the JSON apart again for each row in hand:
  // 5 s for a round of 1,000.
  groups: (each, columns, json) => sql`(
    select ${sql.join(fields(columns))}, member.value::bigint as ${sql.ref(each)}
    from jsonb_array_elements(${json}::jsonb) with ordinality as given (value, nth),
      jsonb_array_elements_text(given.value -> ${sql.lit(Object.keys(columns).length)})
        with ordinality as member (value, nth)
    where given.nth between 1 and 1000000000 and member.nth between 1 and 1000000000
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

  // Entries stay in an index until it is vacuumed, and whoever looks for the oldest order walks
  // through those of all that were before it: 840 pages of them after 300,000 orders, and more the
  // longer a transaction somewhere keeps a vacuum off. The blocks that are done have no rows.
  inTheQueue: (joined = sql`9223372036854775807`) => sql`finished_at is null
    and seq >= (select min(head) from (
      select min(part) * 1024 as head from counters where counter = 'queue'
      union all select ${joined}) as heads)`,

  inHand,

  endedAs: sql`ended_as`,
};

function fields(columns: Columns): RawBuilder<unknown>[] {
  return Object.entries(columns).map(
    ([name, type], i) => sql`(given.value ->> ${sql.lit(i)})::${types[type]} as ${sql.ref(name)}`,
  );
}

// Whole pairs stand in the JSON as they are; what is escaped is a half.
const unstorable = /\\u(0000|d[89a-f])/;
const escapes = /(\\\\)|\\u(?:0000|d[89a-f][0-9a-f]{2})/g;
