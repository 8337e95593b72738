import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { DatabaseUnusable } from './errors.ts';
import type { Schema } from './schema.ts';

/**
 * Whether a database that has Kysely's table of migrations has all of this version's.
 *
 * @param kind - what the user is to name another one of
 * @throws DatabaseUnusable when it has others: a newer version has been there
 */
export async function hasExecuted(
  writer: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
  kind: 'file' | 'database',
): Promise<boolean> {
  const executed = await sql<{ name: string }>`select name from kysely_migration`.execute(writer);
  const names = new Set(executed.rows.map((row) => row.name));
  const unknown = [...names].filter((name) => !(name in migrations));
  if (unknown.length > 0) {
    throw new DatabaseUnusable(
      `The database was made by a newer version of this program (it has ${unknown.join(', ')}). ` +
        `Start that version, or set DATABASE_URL to another ${kind}.`,
    );
  }
  return Object.keys(migrations).every((name) => names.has(name));
}
