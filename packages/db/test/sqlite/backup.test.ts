import fs, {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { SqliteError } from 'better-sqlite3';
import { expect } from 'chai';
import { sql } from 'kysely';

import {
  backUpDatabase,
  checkDatabase,
  closeDatabase,
  type Database,
  findOrder,
  openDatabase,
  placeOrders,
} from '../../src/index.ts';
import { newOrder, place } from '../given.ts';
import { temporaryDirectory } from '../kinds.ts';

describe('a backup of a SQLite file', () => {
  let directory: string;
  let database: Database;
  let backup: string;
  beforeEach(async () => {
    directory = temporaryDirectory();
    mkdirSync(join(directory, 'backups'));
    database = await openDatabase(`file:${join(directory, 'orders.db')}`);
    backup = join(directory, 'backups/backup.db');
  });
  afterEach(async () => {
    await closeDatabase(database);
    rmSync(directory, { recursive: true });
  });

  const left = () => readdirSync(join(directory, 'backups'));
  const group = (name: string) => Array.from({ length: 100 }, (_, i) => newOrder(`${name}-${i}`));

  it('taken under load has every order accepted before it began, and passes the check', async () => {
    const other = await openDatabase(`file:${join(directory, 'orders.db')}`);
    for (let i = 0; i < 80; i += 1) await placeOrders(database, group(`before${i}`));
    let during = 0;
    let done = false;
    const load = (async () => {
      for (; !done; during += 1) {
        await placeOrders(other, group(`during${during}`));
        await turnOfTheLoop();
      }
    })();
    const shares: number[] = [];
    const faults = await backUpDatabase(database, backup, (share) => shares.push(share));
    done = true;
    await load;
    await closeDatabase(other);

    expect(faults).to.deep.equal([]);
    expect(left()).to.deep.equal(['backup.db']);
    expect(during).to.be.above(1);
    // It never had to begin anew.
    expect(shares).to.deep.equal(shares.toSorted((a, b) => a - b)).and.not.be.empty;
    const copy = await openDatabase(`file:${backup}`);
    try {
      expect(await checkDatabase(copy)).to.deep.equal([]);
      for (const id of ['before0-0', 'before79-99']) {
        expect(await findOrder(copy, id), id).to.not.equal(undefined);
      }
      // And it goes on from there.
      expect(await place(copy, 'before0-0', 'new')).to.deep.equal(['duplicate', 'placed']);
    } finally {
      await closeDatabase(copy);
    }
  });

  it('takes the place of no other file', async () => {
    const again = () => backUpDatabase(database, backup).catch(({ message }) => message);
    expect(await again()).to.deep.equal([]);
    expect(await again()).to.equal(`${backup} is there already`);
  });

  describe('says in words that the surroundings do not let it', () => {
    const refused = (from: Database, file: string) =>
      backUpDatabase(from, file).catch(({ name, message }) => `${name}: ${message}`);

    it('because the directory is not there', async () => {
      const file = join(directory, 'none/backup.db');
      expect(await refused(database, file)).to.equal(
        `DatabaseUnusable: ${join(directory, 'none')} does not exist`,
      );
    });

    it('because what should be the directory is a file', async () => {
      const file = join(directory, 'orders.db/backup.db');
      expect(await refused(database, file))
        .to.include(`DatabaseUnavailable: ${file} could not be made: `)
        .and.match(/not a directory/);
    });

    const said: [string, Error][] = [
      ['database or disk is full', new SqliteError('database or disk is full', 'SQLITE_FULL')],
      [
        'ENOSPC: no space left on device, fsync',
        Object.assign(new Error('ENOSPC: no space left on device, fsync'), { syscall: 'fsync' }),
      ],
    ];
    for (const [what, error] of said) {
      it(`because of "${what}"`, async () => {
        const copyTo = () => Promise.reject(error);
        expect(await refused({ ...database, copyTo }, backup)).to.equal(
          `DatabaseUnavailable: ${backup} could not be made: ${what}`,
        );
        expect(left()).to.deep.equal([]);
      });
    }
  });

  it('is what was checked, also when another one to the same name overlaps', async () => {
    await place(database, 'a');
    // Half written when the first one is done.
    const firstIsDone = Promise.withResolvers<void>();
    const slow: Database = {
      ...database,
      async copyTo(file) {
        writeFileSync(file, 'half');
        await firstIsDone.promise;
        rmSync(file);
        await database.copyTo(file, () => {});
      },
    };
    let second: Promise<unknown> | undefined;
    const first = await backUpDatabase(database, backup, (share) => {
      if (share === 1) second ??= backUpDatabase(slow, backup).catch(({ message }) => message);
    });
    const bytes = readFileSync(backup);
    firstIsDone.resolve();

    expect(first).to.deep.equal([]);
    expect(bytes.subarray(0, 15).toString()).to.equal('SQLite format 3');
    expect(await second).to.equal(`${backup} is there already`);
    expect(readFileSync(backup).equals(bytes)).to.equal(true);
    expect(left()).to.deep.equal(['backup.db']);
  });

  it('takes its name also where files have one name each', async () => {
    const { linkSync } = fs;
    fs.linkSync = () => {
      throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
    };
    syncBuiltinESMExports();
    try {
      expect(await backUpDatabase(database, backup)).to.deep.equal([]);
    } finally {
      fs.linkSync = linkSync;
      syncBuiltinESMExports();
    }
    expect(left()).to.deep.equal(['backup.db']);
    expect(readFileSync(backup, 'latin1').slice(0, 15)).to.equal('SQLite format 3');
  });

  it('leaves nothing behind when it is broken off', async () => {
    const breakOff = () => {
      throw new Error('enough');
    };
    expect(
      await backUpDatabase(database, backup, breakOff).catch(({ message }) => message),
    ).to.equal('enough');
    expect(left()).to.deep.equal([]);
  });

  it('leaves nothing behind when it is broken off while the copy is checked', async () => {
    const breakOff = (share: number) => {
      if (share === 1) throw new Error('enough');
    };
    const outcome = await backUpDatabase(database, backup, breakOff).catch(
      ({ message }) => message,
    );
    expect(outcome).to.equal('enough');
    expect(left()).to.deep.equal([]);
  });

  it('is none when something is wrong with the database', async () => {
    await place(database, 'a');
    await sql`delete from event_runs`.execute(database.writer);
    const faults = await backUpDatabase(database, backup);
    expect(faults.map(({ in: kind }) => kind)).to.deep.equal(['history']);
    expect(left()).to.deep.equal([]);
  });

  it('of a damaged file is none, and the check says what is damaged', async () => {
    for (let i = 0; i < 20; i += 1) await placeOrders(database, group(`o${i}`));
    await closeDatabase(database);
    const file = openSync(join(directory, 'orders.db'), 'r+');
    for (let page = 30; page < 60; page += 1) writeSync(file, 'x'.repeat(2000), page * 4096);
    database = await openDatabase(`file:${join(directory, 'orders.db')}`);

    const found = await checkDatabase(database);
    expect(found.map((fault) => fault.in))
      .to.include('file')
      .and.not.include('counts');
    expect((await backUpDatabase(database, backup)).length).to.be.above(0);
    expect(existsSync(backup)).to.equal(false);
  });
});
