import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import workerThreads from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { closeDatabase, type Database, openDatabase, placeOrders } from '../../src/index.ts';
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

  function write(pages: number, to = database): void {
    const insert = to.prepare('insert into numbers values (?, zeroblob(4000))');
    to.transaction(() => {
      for (let i = 0; i < pages; i += 1) insert.run(i);
    })();
  }

  function framesLeft(): number {
    const [frames] = database.pragma('wal_checkpoint(noop)') as [
      { log: number; checkpointed: number },
    ];
    return frames.log - frames.checkpointed;
  }

  async function finished(one = copier): Promise<void> {
    const giveUpAt = performance.now() + 10_000;
    while (!one.takeDone()) {
      if (performance.now() > giveUpAt) throw new Error('not done in 10 s');
      await sleep(1);
    }
    expect(one.takeDone(), 'said once').to.equal(false);
  }

  it('copies them when it is asked, each time', async () => {
    for (const pages of [3000, 2000]) {
      write(pages);
      expect(framesLeft()).to.be.above(pages);
      expect(copier.takeDone()).to.equal(false);
      expect(copier.ask()).to.equal(true);
      expect(copier.ask()).to.equal(false);
      await finished();
      expect(framesLeft()).to.equal(0);
    }
  });

  it('copies what comes meanwhile, too', async () => {
    write(30_000);
    copier.ask();
    let written = 0;
    for (; !copier.takeDone(); written += 20) {
      write(20);
      await sleep(1);
    }
    expect(written).to.be.above(500);
    expect(framesLeft()).to.be.below(written / 2);
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
    expect(copier.takeDone()).to.equal(true);
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

  it('touches no other file that has the name by now, and goes on when it has it back', async () => {
    write(3000);
    const ends = ['', '-wal', '-shm'];
    for (const end of ends) renameSync(`${path}${end}`, `${path}-moved${end}`);
    const other = new BetterSqlite3(path);
    other.pragma('journal_mode = WAL');
    other.pragma('wal_autocheckpoint = 0');
    other.exec('create table numbers (number integer, padding blob)');
    write(2000, other);
    const before = statSync(path).size;
    copier.ask();
    await finished();
    expect(statSync(path).size).to.equal(before);
    expect(framesLeft()).to.be.above(3000);
    other.close();

    for (const end of ends) renameSync(`${path}-moved${end}`, `${path}${end}`);
    copier.ask();
    await finished();
    expect(framesLeft()).to.equal(0);
  });

  it('is done where it cannot begin', async () => {
    const broken = join(directory, 'broken.db');
    writeFileSync(broken, 'no database at all '.repeat(1000));
    const other = createFrameCopier({ path: broken, file: fileIdentity(broken) });
    other.ask();
    await finished(other);
    await other.end();
  });

  it('does not keep a process that has nothing else to do', () => {
    const source = (name: string) => join(import.meta.dirname, '../../src/sqlite', name);
    const program = join(directory, 'program.mts');
    writeFileSync(
      program,
      `import { createFrameCopier } from ${JSON.stringify(source('frame-copier.ts'))};
      import { fileIdentity } from ${JSON.stringify(source('file-identity.ts'))};
      const path = ${JSON.stringify(path)};
      createFrameCopier({ path, file: fileIdentity(path) }).ask();`,
    );
    const { status, stderr } = spawnSync(process.execPath, [program], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(status, stderr).to.equal(0);
  });
});

for (const copiesBeside of [true, false]) {
  describe(`a -wal file of more than what is copied at once, by ${copiesBeside ? 'a thread' : 'whoever writes'}`, () => {
    let directory: string;
    let path: string;
    let database: Database;
    let groups: number;
    beforeEach(async () => {
      directory = temporaryDirectory();
      path = join(directory, 'orders.db');
      database = await openDatabase(`file:${path}`, { copiesBeside });
      groups = 0;
    });
    afterEach(async () => {
      await closeDatabase(database);
      expect(existsSync(`${path}-wal`)).to.equal(false);
      rmSync(directory, { recursive: true });
    });

    const megabytes = () => statSync(`${path}-wal`).size / 2 ** 20;

    /** Writes 1.6 MB. */
    async function place(): Promise<void> {
      groups += 1;
      const ids = Array.from({ length: 100 }, (_, i) => `o${groups}-${i}`);
      await placeOrders(
        database,
        ids.map((id) => newOrder(id, { itemIds: 'x'.repeat(16_000) })),
      );
    }

    it('stays small beside somebody who never waits for an event', async () => {
      let largest = 0;
      while (groups < 150) {
        await place();
        largest = Math.max(largest, megabytes());
      }
      expect(largest).to.be.below(copiesBeside ? 100 : 70);
    });

    const ifThread = copiesBeside ? it : () => {};
    ifThread('is bounded where no thread can begin, and small again when one can', async () => {
      const { Worker } = workerThreads;
      workerThreads.Worker = class {
        constructor() {
          throw new Error('no more threads');
        }
      } as unknown as typeof Worker;
      syncBuiltinESMExports();
      let largest = 0;
      try {
        for (; groups < 150; largest = Math.max(largest, megabytes())) await place();
      } finally {
        workerThreads.Worker = Worker;
        syncBuiltinESMExports();
      }
      expect(largest).to.be.within(120, 150);
      await smallAgain();
    });

    it('is small again when a reader is gone that kept it from beginning anew', async () => {
      const other = new BetterSqlite3(path);
      other.exec('begin; select count(*) from orders');
      while (megabytes() < 150) await place();
      other.exec('commit');
      other.close();
      await smallAgain();
    });

    async function smallAgain(): Promise<void> {
      const giveUpAt = performance.now() + 10_000;
      while (megabytes() > 33) {
        if (performance.now() > giveUpAt) throw new Error('it was not in 10 s');
        await place();
        await sleep(5);
      }
    }
  });
}
