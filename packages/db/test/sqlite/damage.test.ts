import { rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { findDamage } from '../../src/sqlite/damage.ts';
import { temporaryDirectory } from '../kinds.ts';

describe('the search for damage to a SQLite file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory, 'orders.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('ends when nobody wants to know any more, whatever SQLite is about', async () => {
    const holder = new BetterSqlite3(path);
    try {
      // SQLite waits for it for 5 s, in one call.
      holder.exec('create table t (x); begin exclusive');
      let asked = 0;
      const outcome = await findDamage(path, () => {
        asked += 1;
        if (asked === 3) throw new Error('enough');
      }).catch(({ message }) => message);
      expect(outcome).to.equal('enough');
    } finally {
      holder.close();
    }
  });

  it('says that it could not look', async () => {
    const error = await findDamage(path, () => {}).catch((refused) => refused);
    expect(error).to.include({
      name: 'DatabaseUnavailable',
      message: 'the database is unavailable (SQLITE_CANTOPEN)',
    });
  });
});
