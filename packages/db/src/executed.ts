import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

import { DatabaseUnusable } from './errors.ts';
import { mustBeThere, type Purpose } from './purpose.ts';
import type { Schema } from './schema.ts';

/**
 * Whether a database that has Kysely's table of migrations has all of this version's.
 *
 * @param kind - what the user is to name another one of
 * @throws DatabaseUnusable when it has others: a newer version has been there; also when it lacks
 *   some, and none may be added: processes of the earlier version may be at it
 */
export async function hasExecuted(
  writer: Kysely<Schema>,
  migrations: Readonly<Record<string, Migration>>,
  kind: 'file' | 'database',
  purpose: Purpose,
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
  const missing = Object.keys(migrations).filter((name) => !names.has(name));
  if (missing.length > 0 && mustBeThere(purpose)) {
    throw new DatabaseUnusable(
      `The database was made by an earlier version of this program (it lacks ${missing.join(', ')}). ` +
        'Use that version for this, or start this one on it first.',
    );
  }
  return missing.length === 0;
}
