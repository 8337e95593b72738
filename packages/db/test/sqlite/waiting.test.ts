import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import {
  checkWritable,
  closeDatabase,
  type Database,
  DatabaseUnavailable,
  findOrder,
  openDatabase,
  readMetrics,
} from '../../src/index.ts';
import { temporaryDirectory } from '../databases.ts';
import { place } from '../given.ts';

describe('a SQLite file that somebody else writes to', () => {
  let directory: string;
  let database: Database;
  let other: BetterSqlite3.Database;
  beforeEach(async () => {
    directory = temporaryDirectory();
    database = await openDatabase(`file:${join(directory, 'orders.db')}`);
    await place(database, 'before');
    other = new BetterSqlite3(join(directory, 'orders.db'));
  });
  afterEach(async () => {
    other.close();
    await closeDatabase(database);
    rmSync(directory, { recursive: true });
  });

  it('keeps placing waiting, not failing, while the lock is held, and the event loop free', async () => {
    other.exec('begin immediate');
    const placing = place(database, 'a');
    let longestPause = 0;
    for (let i = 0, last = performance.now(); i < 30; i++) {
      await sleep(5);
      longestPause = Math.max(longestPause, performance.now() - last);
      last = performance.now();
    }
    expect((await findOrder(database, 'before'))?.orderId).to.equal('before');
    expect((await readMetrics(database)).totalOrders).to.equal(1);
    expect(longestPause).to.be.below(100);

    other.exec('commit');
    expect(await placing).to.deep.equal(['placed']);
  });

  it('gives up after five seconds, with nothing half done', async function () {
    this.timeout(20_000);
    other.exec('begin immediate');
    const began = performance.now();
    const error = await place(database, 'a').catch((reason) => reason);
    expect(error).to.be.instanceOf(DatabaseUnavailable);
    expect(error.message).to.equal('the database is unavailable (SQLITE_BUSY)');
    expect(performance.now() - began).to.be.within(4_900, 9_000);

    other.exec('rollback');
    await checkWritable(database);
    expect(await findOrder(database, 'a')).to.equal(undefined);
  });

  it('refuses to change what has been recorded of an order', async () => {
    expect(() => other.exec("update order_events set type = 'completed'")).to.throw(/append-only/);
  });
});

describe('watching a SQLite file', () => {
  it('tells of commits of others, and not of its own', async () => {
    const directory = temporaryDirectory();
    const url = `file:${join(directory, 'orders.db')}`;
    const [watching, other] = [await openDatabase(url), await openDatabase(url)];
    let told = 0;
    let tell: () => void = () => {};
    const watch = watching.watchCommits(() => {
      told += 1;
      tell();
    });
    try {
      await place(watching, 'own');
      // A directory's events arrive in order: once the other's is here, the own one has been seen.
      const heard = new Promise<void>((resolve) => {
        tell = resolve;
      });
      await place(other, 'foreign');
      await heard;
      expect(told).to.equal(1);
    } finally {
      watch.close();
      await Promise.all([closeDatabase(watching), closeDatabase(other)]);
      rmSync(directory, { recursive: true });
    }
  });
});
