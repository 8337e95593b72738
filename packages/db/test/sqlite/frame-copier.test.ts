import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { closeDatabase, openDatabase, placeOrders } from '../../src/index.ts';
import { fileIdentity } from '../../src/sqlite/file-identity.ts';
import { createFrameCopier, type FrameCopier } from '../../src/sqlite/frame-copier.ts';
import { newOrder } from '../given.ts';
import { temporaryDirectory } from '../kinds.ts';

describe('the thread that copies frames of the -wal file', () => {
  let directory: string;
  let path: string;
  let database: BetterSqlite3.Database;
  let copier: FrameCopier;
  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory, 'some.db');
    database = new BetterSqlite3(path);
    database.pragma('journal_mode = WAL');
    database.pragma('wal_autocheckpoint = 0');
    database.exec('create table numbers (number integer, padding blob)');
    copier = createFrameCopier({ path, file: fileIdentity(path) });
  });
  afterEach(async () => {
    await copier.end();
    database.close();
    rmSync(directory, { recursive: true });
  });

  function write(pages: number): void {
    const insert = database.prepare('insert into numbers values (?, zeroblob(4000))');
    database.transaction(() => {
      for (let i = 0; i < pages; i += 1) insert.run(i);
    })();
  }

  function framesLeft(): number {
    const [frames] = database.pragma('wal_checkpoint(noop)') as [
      { log: number; checkpointed: number },
    ];
    return frames.log - frames.checkpointed;
  }

  async function finished(): Promise<void> {
    const giveUpAt = performance.now() + 10_000;
    while (!copier.isDone && performance.now() < giveUpAt) await sleep(1);
    expect(copier.isDone).to.equal(true);
  }

  it('copies them when it is asked, each time', async () => {
    for (const pages of [3000, 2000]) {
      write(pages);
      expect(framesLeft()).to.be.above(pages);
      expect(copier.isDone).to.equal(false);
      copier.ask();
      await finished();
      expect(framesLeft()).to.equal(0);
      copier.reset();
    }
  });

  it('stops where a reader keeps it from going on', async () => {
    const reader = new BetterSqlite3(path);
    write(1000);
    reader.exec('begin; select count(*) from numbers');
    write(2000);
    copier.ask();
    await finished();
    expect(framesLeft()).to.be.above(2000);
    reader.close();
  });

  it('does what it is about before it ends', async () => {
    write(3000);
    copier.ask();
    await copier.end();
    expect(copier.isDone).to.equal(true);
    expect(framesLeft()).to.equal(0);
  });

  it('leaves its process the locks on the file when it has ended', async function () {
    if (!existsSync('/proc/locks')) this.skip();
    write(3000);
    const before = locks();
    expect(before).to.not.deep.equal([]);
    copier.ask();
    await copier.end();
    expect(locks()).to.deep.equal(before);
  });

  /** By what it may be sure that nobody takes the -wal file away. */
  function locks(): string[] {
    const held = readFileSync('/proc/locks', 'utf8').split('\n');
    const ofFile = new RegExp(` ${process.pid} [^ ]*:${statSync(path).ino} `);
    return held.filter((lock) => ofFile.test(lock)).map((lock) => lock.replace(/^\d+: /, ''));
  }

  it('touches no other file that has the name by now', async () => {
    write(3000);
    for (const end of ['', '-wal', '-shm']) renameSync(`${path}${end}`, `${path}-moved${end}`);
    const other = new BetterSqlite3(path);
    other.pragma('journal_mode = WAL');
    other.exec('create table others (number integer)');
    const before = statSync(path).size;
    copier.ask();
    await finished();
    expect(statSync(path).size).to.equal(before);
    expect(framesLeft()).to.be.above(3000);
    other.close();
  });

  it('counts as done where it cannot begin', async () => {
    const broken = join(directory, 'broken.db');
    writeFileSync(broken, 'no database at all '.repeat(1000));
    const other = createFrameCopier({ path: broken, file: fileIdentity(broken) });
    other.ask();
    const giveUpAt = performance.now() + 10_000;
    while (!other.isDone && performance.now() < giveUpAt) await sleep(1);
    expect(other.isDone).to.equal(true);
    await other.end();
  });

  it('keeps the -wal file small beside somebody who never waits for an event', async () => {
    const orders = await openDatabase(`file:${join(directory, 'orders.db')}`);
    for (let group = 0; group < 120; group += 1) {
      const ids = Array.from({ length: 100 }, (_, i) => `o${group}-${i}`);
      await placeOrders(
        orders,
        ids.map((id) => newOrder(id, { itemIds: 'x'.repeat(16_000) })),
      );
    }
    expect(statSync(join(directory, 'orders.db')).size).to.be.above(150 * 2 ** 20);
    expect(statSync(join(directory, 'orders.db-wal')).size).to.be.below(140 * 2 ** 20);
    await closeDatabase(orders);
    expect(existsSync(join(directory, 'orders.db-wal'))).to.equal(false);
  });
});
