import { type Kysely, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/** What SQLite finds wrong with the file. Reads all of it, and keeps the process busy meanwhile. */
export async function findDamage(reader: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(10)`.execute(
    reader,
  );
  return rows.map((row) => row.integrity_check).filter((said) => said !== 'ok');
}
