import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';
import { Kysely, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';

import { claimOrders } from '../../src/claim.ts';
import { readAllCounters } from '../../src/counters.ts';
import { write } from '../../src/database.ts';
import { lastIdOf } from '../../src/event-runs.ts';
import {
  checkDatabase,
  closeDatabase,
  DatabaseUnusable,
  endOfEvents,
  findOrder,
  openDatabase,
  placeOrders,
  readEvents,
  readHistory,
  register,
} from '../../src/index.ts';
import type { Schema } from '../../src/schema.ts';
import { applicationId, connect, unusable } from '../../src/sqlite/connect.ts';
import { OrdersSqliteDialect } from '../../src/sqlite/dialect.ts';
import { migrate, migrations } from '../../src/sqlite/migrate.ts';
import { claim, leaseMs, newOrder, place } from '../given.ts';
import { temporaryDirectory } from '../kinds.ts';

/** The names of all files that this process has open. */
function openFiles(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`);
      return name.startsWith('/') && !name.startsWith('/proc/') ? [name] : [];
    } catch {
      // That by which the names of all were read is closed by now.
      return [];
    }
  });
}

describe('opening a SQLite file', () => {
  let directory: string;
  let path: string;
  beforeEach(() => {
    directory = temporaryDirectory();
    path = join(directory, 'orders.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('syncs every commit to the disk, on every connection', async () => {
    const database = await openDatabase(`file:${path}`);
    for (const connection of [database.writer, database.reader]) {
      const pragma = async (name: string) =>
        Object.values((await sql.raw(`pragma ${name}`).execute(connection)).rows[0] as object)[0];
      expect(await pragma('synchronous'), 'FULL is 2').to.equal(2);
      expect(await pragma('journal_mode')).to.equal('wal');
      expect(await pragma('fullfsync')).to.equal(1);
    }
    await closeDatabase(database);
  });

  it('writes to no temporary file, however many orders a transaction changes', async function () {
    if (!existsSync('/proc/self/fd')) this.skip();
    const database = await openDatabase(`file:${path}`);
    await placeOrders(
      database,
      Array.from({ length: 1000 }, (_, i) => newOrder(`o${i}`)),
    );
    await register(database, 'w', leaseMs);
    const before = openFiles();
    await write(database, async (writing) => {
      await claimOrders(writing, { worker: 'w', places: 1000, holding: 0, concurrency: 1000 });
      expect(openFiles().filter((name) => !before.includes(name))).to.deep.equal([]);
    });
    await closeDatabase(database);
  });

  it('makes directories, takes relative paths, and finds what it left', async () => {
    const url = `file:${relative(process.cwd(), join(directory, 'a/b/orders.db'))}`;
    const first = await openDatabase(url);
    await place(first, 'kept');
    await closeDatabase(first);

    const second = await openDatabase(`file://${join(directory, 'a/b/orders.db')}`);
    expect((await findOrder(second, 'kept'))?.status).to.equal('PENDING');
    await closeDatabase(second);
  });

  it('lets five processes start at the same moment on an empty file', async () => {
    const children = Array.from({ length: 5 }, (_, i) => start(`p${i}`));
    await Promise.all(children.map((child) => child.ready));
    for (const child of children) child.go();
    expect(await Promise.all(children.map((child) => child.ended))).to.deep.equal(
      children.map(() => ({ status: 0, stderr: '' })),
    );

    const database = await openDatabase(`file:${path}`);
    for (const i of children.keys()) expect(await findOrder(database, `p${i}`)).to.include({});
    await closeDatabase(database);
  });

  it('says what is wrong with a file that it cannot use', async () => {
    const text = join(directory, 'text.db');
    writeFileSync(text, 'This is certainly not a database, but it is long enough.'.repeat(40));
    const stranger = join(directory, 'stranger.db');
    new BetterSqlite3(stranger).exec('create table cats (name)').close();
    mkdirSync(join(directory, 'directory.db'));

    for (const [file, message] of [
      ['text.db', /text\.db is not a SQLite database/],
      ['stranger.db', /stranger\.db is a database of another program/],
      ['directory.db', /directory\.db cannot be opened/],
      ['text.db/orders.db', /lies below something that is a file/],
    ] as const) {
      const error = await openDatabase(`file:${join(directory, file)}`).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error, file).to.be.instanceOf(DatabaseUnusable);
      expect(error.message).to.match(message);
    }
    const tables = new BetterSqlite3(stranger).prepare('select name from sqlite_schema').pluck();
    expect(tables.all()).to.deep.equal(['cats']);
  });

  it('brings a file of an earlier version up to date, and keeps every order in its place', async () => {
    const file = new BetterSqlite3(path);
    const earlier = new Kysely({ dialect: new SqliteDialect({ database: file }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('004-find');
    file.exec(`
      insert into orders (order_id, user_id, total_minor, currency, status, placed_at, request_id,
        item_ids) values ('a', 'u', 1, 'USD', 'PENDING', 1, 'r', 'i'),
        ('b', 'u', 1, 'USD', 'PENDING', 2, 'r', '${'long,'.repeat(3000)}i');
      update order_counts set orders = 2 where status = 'PENDING';
      insert into order_events (seq, type, at, attempt)
        values (1, 'placed', 1, 0), (2, 'placed', 2, 0), (3, 'placed', 2, 0);
      delete from order_events where seq = 3`);
    file.pragma(`application_id = ${applicationId}`);
    await earlier.destroy();

    const database = await openDatabase(`file:${path}`);
    await place(database, 'c', 'b');
    const claims = await claim(database, 'w', 9);
    expect(claims.map(({ order }) => order.orderId)).to.deep.equal(['a', 'b', 'c']);
    expect(claims.map(({ order }) => order.seq)).to.deep.equal([1, 2, 3]);
    const counters = await readAllCounters(database.reader);
    expect(counters.filter(({ counter }) => counter === 'queue')).to.deep.equal([]);
    const history = await readHistory(database, 'a');
    expect(history.map(({ type }) => type)).to.deep.equal(['placed', 'started']);
    // Whoever followed the feed had seen the third event.
    const { events } = await readEvents(database, lastIdOf(3), 2);
    expect(events.map(({ orderId, type }) => `${orderId} ${type}`)).to.deep.equal([
      ...['c placed', 'a started'],
    ]);
    expect(await checkDatabase(database)).to.deep.equal([]);
    await closeDatabase(database);
  });

  it('keeps all that was counted, and the number of the last run, of a file of an earlier version', async () => {
    const file = new BetterSqlite3(path);
    const earlier = new Kysely({ dialect: new SqliteDialect({ database: file }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('010-event-runs');
    file.exec(`
      update order_counts set orders = 2 where status = 'FAILED';
      update order_ends set orders = 3 where status = 'FAILED';
      insert into order_durations values ('processing', 8, 0, 4, 500), ('waiting', 9, 0, 6, 700);
      insert into pruned_counts values ('CANCELLED', 0, 8);
      insert into queue_blocks values (9, 0, 10);
      insert into event_runs (run, seq, orders, type, at, attempt) values (7, 1, 1, 'placed', 1, 0);
      delete from event_runs`);
    file.pragma(`application_id = ${applicationId}`);
    await earlier.destroy();

    const database = await openDatabase(`file:${path}`);
    const counters = await readAllCounters(database.reader);
    expect(counters.map((sum) => Object.values(sum).join(' '))).to.deep.equal([
      ...['ended FAILED 0 3 0', 'lasted processing 8 4 500', 'lasted waiting 9 6 700'],
      ...['now FAILED 0 2 0', 'pruned CANCELLED 0 8 0', 'queue 9 10 0'],
    ]);
    expect(await endOfEvents(database)).to.equal(lastIdOf(7));
    await closeDatabase(database);
  });

  it('does not bring a file up to date that it only looks at', async () => {
    const file = new BetterSqlite3(path);
    const earlier = new Kysely({ dialect: new SqliteDialect({ database: file }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('010-event-runs');
    file.pragma(`application_id = ${applicationId}`);
    const executed = file.prepare('select * from kysely_migration');
    const before = executed.all();

    for (const purpose of ['look-after', 'copy-from'] as const) {
      const error = await openDatabase(`file:${path}`, { purpose }).catch((reason) => reason);
      expect(error, purpose).to.be.instanceOf(DatabaseUnusable);
      expect(error.message).to.match(/earlier version .*lacks 011-counters, 012-/);
      expect(executed.all()).to.deep.equal(before);
    }
    await earlier.destroy();
  });

  it('waits for another process that brings the file up to date, however long that takes', async () => {
    const file = new BetterSqlite3(path);
    const earlier = new Kysely({ dialect: new SqliteDialect({ database: file }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('012-run-numbers');
    file.pragma(`application_id = ${applicationId}`);
    file.pragma('journal_mode = wal');
    file.exec('begin immediate');
    // Who is to copy to it gives up, and says why.
    const copying = openDatabase(`file:${path}`, { purpose: 'copy-to' }).catch((one) => one);
    const notices: string[] = [];
    const database = await openDatabase(`file:${path}`, {
      onNotice(message) {
        notices.push(message);
        void copying.then(() => file.exec('rollback'));
      },
    });
    expect((await copying).message).to.match(/is locked by another program \(SQLITE_BUSY\)\.$/);
    expect(notices).to.deep.equal([
      `${path}: waiting, another process brings the file up to date, or has it locked`,
    ]);
    await place(database, 'a');
    await closeDatabase(database);
    await earlier.destroy();
  });

  it('takes the -wal file away when it is closed, also without having read or written', async () => {
    await closeDatabase(await openDatabase(`file:${path}`));
    expect(existsSync(`${path}-wal`), 'made').to.equal(false);
    await closeDatabase(await openDatabase(`file:${path}`));
    expect(existsSync(`${path}-wal`), 'opened').to.equal(false);
  });

  it('refuses a file that a newer version has changed', async () => {
    await closeDatabase(await openDatabase(`file:${path}`));
    const file = new BetterSqlite3(path);
    file.exec("insert into kysely_migration values ('999-future', '2099-01-01T00:00:00.000Z')");
    file.close();

    const error = await openDatabase(`file:${path}`).catch((reason) => reason);
    expect(error).to.be.instanceOf(DatabaseUnusable);
    expect(error.message).to.match(/newer version.*999-future/);
  });

  it('says so when the disk is full before the tables are made', async () => {
    const { writer, reader } = await connect(`file:${path}`, 'serve');
    writer.pragma('max_page_count = 10');
    const database = new Kysely<Schema>({ dialect: new OrdersSqliteDialect(writer) });
    const error = await migrate(database, 'serve', () => {}).catch((one) => unusable(path, one));
    for (const connection of [writer, reader]) connection.close();
    expect(error).to.be.instanceOf(DatabaseUnusable);
    expect((error as Error).message).to.match(/has no space left \(SQLITE_FULL\)\.$/);
  });

  it('says so when the file may only be read', async () => {
    await closeDatabase(await openDatabase(`file:${path}`));
    chmodSync(path, 0o444);
    chmodSync(directory, 0o755);
    // Permissions do not bind root.
    const child = start('x', process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {});
    await child.ready;
    child.go();
    const { status, stderr } = await child.ended;
    expect(status).to.equal(1);
    expect(stderr).to.match(/DatabaseUnusable: .*cannot be read and written by this user/);
  });

  /** A process that opens the file when told to, and places an order with this id. */
  function start(orderId: string, user: { uid?: number; gid?: number } = {}) {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'open-and-place.ts'), `file:${path}`, orderId],
      { stdio: ['pipe', 'pipe', 'pipe'], ...user },
    );
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const ended = new Promise<{ status: number | null; stderr: string }>((resolve) =>
      child.on('close', (status) => resolve({ status, stderr })),
    );
    return {
      ready: Promise.race([new Promise((resolve) => child.stdout.once('data', resolve)), ended]),
      go: () => child.stdin.end(),
      ended,
    };
  }
});
