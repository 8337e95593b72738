import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { write } from '../../src/database.ts';
import {
  type Claim,
  checkWritable,
  closeDatabase,
  type Database,
  DatabaseUnavailable,
  findOrder,
  openDatabase,
  readMetrics,
  type WakeUp,
} from '../../src/index.ts';
import { insertOrders } from '../../src/place.ts';
import { settleAndClaim } from '../../src/round.ts';
import { createWakeUps } from '../../src/sqlite/wake-up.ts';
import type { News } from '../../src/wake-up.ts';
import { writeCounters } from '../../src/write-down.ts';
import { claim, newOrder, nothing, place } from '../given.ts';
import { temporaryDirectory } from '../kinds.ts';

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

  it('lets others go first where it is told to give way', async () => {
    const path = `file:${join(directory, 'orders.db')}`;
    const givingWay = await openDatabase(path, { givesWay: true });
    const rounds = Array.from({ length: 40 }, (_, i) => i);
    for (const i of rounds) {
      other.exec('begin immediate');
      const placing = [place(givingWay, `late-${i}`), place(database, `first-${i}`)];
      await sleep(25);
      other.exec('commit');
      await Promise.all(placing);
    }
    await closeDatabase(givingWay);
    const seqOf = async (id: string) => (await findOrder(database, id))?.seq ?? 0;
    let firsts = 0;
    for (const i of rounds) {
      if ((await seqOf(`first-${i}`)) < (await seqOf(`late-${i}`))) firsts += 1;
    }
    // Not always: it may try at the very moment in which the lock is free. Half, if it gave no way.
    expect(firsts).to.be.at.least(24);
  });

  it('gives up after five seconds, with nothing half done', async () => {
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

  it('writes to the disk when it is asked whether it can', async () => {
    const size = () => statSync(join(directory, 'orders.db-wal')).size;
    const before = size();
    await checkWritable(database);
    expect(size()).to.be.above(before);
    expect((await readMetrics(database)).pendingOrders).to.equal(1);
  });

  it('writes nothing to a file that was deleted or replaced', async () => {
    rmSync(join(directory, 'orders.db'));
    for (const call of [() => place(database, 'a'), () => checkWritable(database)]) {
      const error = await call().catch((reason) => reason);
      expect(error).to.be.instanceOf(DatabaseUnavailable);
      expect(error.message).to.equal('the database file was deleted or replaced');
    }
  });

  it('waits for a file that cannot be seen for a while', async () => {
    const away = `${directory}-away`;
    renameSync(directory, away);
    symlinkSync(directory, directory);
    const error = await place(database, 'a').catch((reason) => reason);
    rmSync(directory);
    renameSync(away, directory);
    expect(error).to.be.instanceOf(DatabaseUnavailable);
    expect(await place(database, 'a')).to.deep.equal(['placed']);
  });

  it('leaves nothing behind for the file that takes the place of another', async () => {
    const path = join(directory, 'orders.db');
    other.close();
    renameSync(path, `${path}-old`);
    await place(database, 'a').catch(() => {});
    expect(statSync(`${path}-wal`).size).to.equal(0);
    await closeDatabase(database);

    const old = await openDatabase(`file:${path}-old`);
    expect((await findOrder(old, 'before'))?.orderId).to.equal('before');
    await closeDatabase(old);
  });

  it('lets calls under way come to their end before it closes', async () => {
    const calls = Promise.all([place(database, 'a'), readMetrics(database), place(database, 'b')]);
    const closed = closeDatabase(database);
    expect((await calls)[2]).to.deep.equal(['placed']);
    await closed;
  });

  it('refuses to change what has been recorded of an order', async () => {
    expect(() => other.exec("update event_runs set type = 'completed'")).to.throw(/append-only/);
  });

  it('undoes a transaction that would count something below nothing', async () => {
    for (const counter of ['now PENDING', 'now FAILED'] as const) {
      const undone = write(database, async (writing) => {
        await insertOrders(writing, [newOrder('undone')]);
        const changes = [{ counter, part: 0, orders: -2, ms: 0 }];
        await writeCounters(writing, { slot: writing.slot, changes });
      });
      const error = await undone.catch((reason) => reason);
      expect(error.message, counter).to.equal('a counter would be below nothing');
    }
    expect((await readMetrics(database)).totalOrders).to.equal(1);
    expect(await findOrder(database, 'undone')).to.equal(undefined);
  });
});

describe('a SQLite file that several processes write to without a pause', () => {
  it('has a -wal file that stays small', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'orders.db');
    // Stays open: the last one to close takes the -wal file away.
    const database = await openDatabase(`file:${path}`);
    const program = join(import.meta.dirname, 'place-many.ts');
    const writers = ['a', 'b', 'c'].map((prefix) =>
      spawn(process.execPath, [program, `file:${path}`, prefix, '300'], {
        stdio: 'inherit',
      }),
    );
    await Promise.all(writers.map((writer) => once(writer, 'close')));
    expect((await readMetrics(database)).totalOrders).to.equal(18_000);
    expect(statSync(`${path}-wal`).size).to.be.below(40 * 1024 * 1024);
    await closeDatabase(database);
    rmSync(directory, { recursive: true });
  });
});

describe('watching a SQLite file', () => {
  let directory: string;
  let url: string;
  let watching: Database;
  let other: Database;
  const news = new EventEmitter();
  let watch: WakeUp;
  beforeEach(async () => {
    directory = temporaryDirectory();
    url = `file:${join(directory, 'orders.db')}`;
    watching = await openDatabase(url);
    other = await openDatabase(url);
    watch = watching.watchCommits('work', () => news.emit('work'));
  });
  afterEach(async () => {
    watch.close();
    await Promise.all([watching, other].map(closeDatabase));
    rmSync(directory, { recursive: true, force: true });
  });

  it('tells of orders that another process has placed, when they can be seen', async () => {
    const program = join(import.meta.dirname, 'open-and-place.ts');
    const process_ = spawn(process.execPath, [program, url, 'foreign'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(process_.stdout, 'data');
    const told = once(news, 'work');
    process_.stdin.end();
    await told;
    expect((await findOrder(watching, 'foreign'))?.status).to.equal('PENDING');
    await once(process_, 'close');
  });

  it('tells nobody who waits for work of orders that have ended', async () => {
    const placed = once(news, 'work');
    await place(other, 'a');
    await placed;
    const [held] = (await claim(other, 'w', 1)) as [Claim];
    const heard: string[] = [];
    let ends: WakeUp | undefined;
    news.on('work', () => heard.push('work'));
    const ended = new Promise<void>((resolve) => {
      ends = other.watchCommits('events', resolve);
    });
    await settleAndClaim(other, [{ claim: held, result: 'completed' }], nothing);
    await ended;
    // What is told is heard in its order: had there been work before, it would stand here twice.
    const told = once(news, 'work');
    await place(other, 'b');
    await told;
    expect(heard).to.deep.equal(['work']);
    ends?.close();
    news.removeAllListeners();
  });

  it('goes on when the file by which it is told is deleted', async () => {
    await place(other, 'before');
    const noticed = once(news, 'work');
    rmSync(join(directory, 'orders.db-work'));
    await noticed;
    const told = once(news, 'work');
    await place(other, 'after');
    await told;
  });

  it('tells of work at once, of events that follow each other closely together, and loses none', async () => {
    const path = join(directory, 'told');
    const wakeUps = createWakeUps(path);
    const tell = (news: News) => wakeUps.tell(new Set([news]));
    const isTold = (news: News) => existsSync(`${path}-${news}`);
    for (const news of ['work', 'events'] as const) {
      tell(news);
      expect(isTold(news)).to.equal(true);
      rmSync(`${path}-${news}`);
      tell(news);
    }
    expect(isTold('work')).to.equal(true);
    expect(isTold('events')).to.equal(false);
    while (!isTold('events')) await sleep(1);

    tell('events');
    rmSync(`${path}-events`, { force: true });
    tell('events');
    expect(isTold('events')).to.equal(false);
    wakeUps.close();
    expect(isTold('events')).to.equal(true);
  });

  it('does without where nothing can be watched', async () => {
    rmSync(directory, { recursive: true });
    watching.watchCommits('work', () => {}).close();
  });
});
