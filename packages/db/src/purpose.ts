import type { Kysely } from 'kysely';

import type { Catalog } from './catalog.ts';
import { DatabaseUnusable } from './errors.ts';
import type { Schema } from './schema.ts';

/**
 * What a database is opened for. To look after it, or to copy from it, it must be there, as this
 * version makes it; half a copy is only copied to.
 */
export type Purpose = 'serve' | 'look-after' | 'copy-from' | 'copy-to';

export function mustBeThere(purpose: Purpose): boolean {
  return purpose === 'look-after' || purpose === 'copy-from';
}

/** @returns whether there are tables already @throws DatabaseUnusable */
export async function checkPurpose(
  writer: Kysely<Schema>,
  { hasTable }: Catalog,
  purpose: Purpose,
): Promise<boolean> {
  if (purpose !== 'copy-to' && (await hasTable(writer, 'unfinished_copy'))) {
    throw new DatabaseUnusable(
      'The database holds a copy that is not finished. Finish it with the same ' +
        '"npm run copy-orders" that began it, or name another database.',
    );
  }
  const isMade = await hasTable(writer, 'kysely_migration');
  if (mustBeThere(purpose) && !isMade) {
    throw new DatabaseUnusable('The database is empty: no service has ever used it.');
  }
  return isMade;
}
