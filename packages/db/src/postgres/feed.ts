import { type Kysely, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/**
 * How far the feed may be read without skipping what is not visible yet: ids are handed out before
 * the commit, so a smaller one may become visible after a larger one. Every event up to the answer
 * is seen by whoever looks after it: before it the snapshot would be too old.
 *
 * Not told by transaction numbers: who has the smaller number may take the larger ids, and
 * transactions of strangers, which may take hours, would hold the feed back.
 */
export async function readableTo(reader: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ upTo: number }>`
    select readable_events() as "upTo"`.execute(reader);
  return rows[0]?.upTo ?? 0;
}
