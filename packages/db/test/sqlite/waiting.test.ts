import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { rmSync, utimesSync, writeFileSync } from 'node:fs';
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
  type WakeUp,
} from '../../src/index.ts';
import { watchCommits } from '../../src/sqlite/wake-up.ts';
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

    // Those behind it have waited already.
    const again = performance.now();
    expect(await place(database, 'b').catch((reason) => reason)).to.be.instanceOf(
      DatabaseUnavailable,
    );
    expect(performance.now() - again).to.be.below(2_000);

    other.exec('rollback');
    await checkWritable(database);
    expect(await findOrder(database, 'a')).to.equal(undefined);
  });

  it('writes nothing to a file that was deleted or replaced', async () => {
    rmSync(join(directory, 'orders.db'));
    for (const call of [() => place(database, 'a'), () => checkWritable(database)]) {
      const error = await call().catch((reason) => reason);
      expect(error).to.be.instanceOf(DatabaseUnavailable);
      expect(error.message).to.equal('the database file was deleted or replaced');
    }
  });

  it('lets calls under way come to their end before it closes', async () => {
    const calls = Promise.all([place(database, 'a'), readMetrics(database), place(database, 'b')]);
    const closed = closeDatabase(database);
    expect((await calls)[2]).to.deep.equal(['placed']);
    await closed;
  });

  it('refuses to change what has been recorded of an order', async () => {
    expect(() => other.exec("update order_events set type = 'completed'")).to.throw(/append-only/);
  });
});

describe('watching a SQLite file', () => {
  let directory: string;
  let url: string;
  let watching: Database;
  let told: number;
  let watch: WakeUp;
  let heard: Promise<void>;
  beforeEach(async () => {
    directory = temporaryDirectory();
    url = `file:${join(directory, 'orders.db')}`;
    watching = await openDatabase(url);
    told = 0;
    heard = new Promise((resolve) => {
      watch = watching.watchCommits(() => {
        told += 1;
        resolve();
      });
    });
  });
  afterEach(async () => {
    watch.close();
    await closeDatabase(watching);
    rmSync(directory, { recursive: true, force: true });
  });

  it('tells of commits of others, and not of its own', async () => {
    await place(watching, 'own');
    const other = await openDatabase(url);
    // A directory's events arrive in order: once the other's is here, the own one has been seen.
    await place(other, 'foreign');
    await heard;
    expect(told).to.equal(1);
    await closeDatabase(other);
  });

  it('does without where the directory cannot be watched', async () => {
    rmSync(directory, { recursive: true });
    watching.watchCommits(() => {}).close();
  });

  it('tells of a commit that another process is still syncing when the write is seen', async function () {
    this.timeout(20_000);
    const program = join(import.meta.dirname, 'open-and-place.ts');
    const other = spawn(process.execPath, ['--import', 'tsx', program, url, 'foreign'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(other.stdout, 'data');
    other.stdin.end();
    await heard;
    expect((await findOrder(watching, 'foreign'))?.status).to.equal('PENDING');
    await once(other, 'close');
  });

  it('tells of the commit after the one it has seen, though both writes came before', async () => {
    const elsewhere = temporaryDirectory();
    const writer = new BetterSqlite3(join(directory, 'orders.db'), { readonly: true });
    const other = await openDatabase(url);
    const wal = join(elsewhere, 'orders.db-wal');
    writeFileSync(wal, '');
    const news = new EventEmitter();
    // Tells of writes in another directory, so that the test says when they come.
    const watched = watchCommits(join(elsewhere, 'orders.db'), writer, () => news.emit('commit'));
    const first = once(news, 'commit');
    await place(other, 'first');
    utimesSync(wal, 1, 1);
    await first;
    const second = once(news, 'commit');
    await place(other, 'second');
    await second;
    watched.close();
    writer.close();
    await closeDatabase(other);
    rmSync(elsewhere, { recursive: true });
  });
});
