import { type Kysely, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/**
 * How far the feed may be read without skipping what is not visible yet. SQLite has one writer
 * at a time, so ids become visible in their order: all that can be seen may be read.
 */
export async function readableTo(reader: Kysely<Schema>): Promise<number> {
  // Not the largest id that is there: its order may be pruned.
  const { rows } = await sql<{ id: number }>`
    select seq as id from sqlite_sequence where name = 'order_events'
  `.execute(reader);
  return rows[0]?.id ?? 0;
}
