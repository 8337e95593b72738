import { sql } from 'kysely';

import { type Database, read, write } from '../database.ts';
import { DatabaseUnusable } from '../errors.ts';
import type { Writing } from '../writing.ts';
import { beforeAll, type Key, lastKey, type PlainName, plainNames } from './rows.ts';

/**
 * A table that is there from the first row of a copy to the last: nobody opens such a database to
 * serve (purpose.ts). It says how the source stood when the copy was begun.
 */

/**
 * Begins a copy, or goes on with one.
 *
 * @param standing - how the source stands
 * @returns behind which keys it goes on
 * @throws DatabaseUnusable when there is something else, or the beginning of another copy
 */
export async function beginCopy(
  target: Database,
  standing: string,
): Promise<Record<PlainName, Key>> {
  const { hasTable } = target.catalog;
  await write(target, async (writing) => {
    const { trx } = writing;
    if (await hasTable(trx, 'unfinished_copy')) return hold(writing, standing);
    for (const name of plainNames) {
      if ((await lastKey(trx, name)) === undefined) continue;
      throw new DatabaseUnusable('The target is not empty. Name a new file or a new database.');
    }
    await sql`create table unfinished_copy (standing text not null)`.execute(trx);
    await sql`insert into unfinished_copy (standing) values (${standing})`.execute(trx);
  });
  return read(target, async (snapshot) => {
    const keys = {} as Record<PlainName, Key>;
    for (const name of plainNames) keys[name] = (await lastKey(snapshot, name)) ?? beforeAll(name);
    return keys;
  });
}

/** Does a step of the copy, while nobody else does one. @throws DatabaseUnusable */
export async function step(
  target: Database,
  standing: string,
  work: (writing: Writing) => Promise<void>,
): Promise<void> {
  await write(target, async (writing) => {
    await hold(writing, standing);
    await work(writing);
  });
}

/** From now on the target serves. */
export async function finishCopy(target: Database, standing: string): Promise<void> {
  await step(target, standing, async ({ trx }) => {
    await sql`drop table unfinished_copy`.execute(trx);
  });
}

async function hold({ trx, phrases }: Writing, standing: string): Promise<void> {
  const { rows } = await sql<{ standing: string }>`
    select standing from unfinished_copy ${phrases.locks.wait}`.execute(trx);
  if (rows[0]?.standing === standing) return;
  throw new DatabaseUnusable(
    'The target holds the beginning of a copy of something else, or the source was changed after ' +
      'it was begun. Name a new file or a new database.',
  );
}
