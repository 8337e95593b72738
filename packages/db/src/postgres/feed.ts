import { type Kysely, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/**
 * Up to which run the feed may be read without skipping what is not visible yet: runs are numbered
 * before the commit, so a smaller number may become visible after a larger one. Every run up to the
 * answer is seen by whoever looks after it: before it the snapshot would be too old.
 *
 * Not told by transaction numbers: who has the smaller one may number its runs higher, and
 * transactions of strangers, which may take hours, would hold the feed back.
 */
export async function readableRun(reader: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ run: number }>`select readable_runs() as run`.execute(reader);
  return rows[0]?.run ?? 0;
}

/**
 * The last number that was given to a run. A run may be seen in the history of its order before the
 * feed has come to it, and the feed may step back for a moment: whoever is about to number its runs
 * has its lock on a number that others may have passed already.
 */
export async function numberedRun(reader: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ run: number }>`
    select case when is_called then last_value else 0 end as run from event_runs_run_seq
  `.execute(reader);
  return rows[0]?.run ?? 0;
}
