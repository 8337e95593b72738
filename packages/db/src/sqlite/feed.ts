import type { Kysely } from 'kysely';

import type { Schema } from '../schema.ts';

/**
 * How far the feed may be read without skipping what is not visible yet. SQLite has one writer
 * at a time, so ids become visible in their order: all that can be seen may be read.
 */
export async function readableTo(reader: Kysely<Schema>): Promise<number> {
  const last = await reader
    .selectFrom('order_events')
    .select('id')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.id ?? 0;
}
