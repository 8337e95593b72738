import { type Kysely, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/**
 * Up to which run the feed may be read without skipping what is not visible yet. SQLite has one
 * writer at a time, so runs become visible in their order: all that can be seen may be read.
 */
export async function readableRun(reader: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ run: number | null }>`
    select max(run) as run from event_runs`.execute(reader);
  return rows[0]?.run ?? 0;
}
