import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TemporaryDatabase } from '@orders/temporary-postgres';
import { expect } from 'chai';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';

import { readAllCounters } from '../../src/counters.ts';
import { write } from '../../src/database.ts';
import { lastIdOf } from '../../src/event-runs.ts';
import {
  backUpDatabase,
  checkDatabase,
  checkWritable,
  closeDatabase,
  DatabaseUnavailable,
  DatabaseUnusable,
  findClaims,
  findOrder,
  findOrders,
  openDatabase,
  readEvents,
  readMetrics,
} from '../../src/index.ts';
import { createPool, readUrl } from '../../src/postgres/connect.ts';
import { OrdersPostgresDialect } from '../../src/postgres/dialect.ts';
import { translateError } from '../../src/postgres/errors.ts';
import { migrate, migrations } from '../../src/postgres/migrate.ts';
import type { Schema } from '../../src/schema.ts';
import { rowsOf, statement } from '../../src/statement.ts';
import { claim, ids, place } from '../given.ts';
import { emptyPostgres } from '../kinds.ts';

/** A server that wants a password by SCRAM: that it does, and the beginning of a challenge. */
const asksForPassword = ['R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0', 'R\0\0\0\x0b\0\0\0\x0br=x'];

describe('opening a PostgreSQL database', () => {
  let own: TemporaryDatabase;
  beforeEach(async () => {
    own = await emptyPostgres();
  });
  afterEach(() => own.drop());

  it('makes the tables once, whoever else does so at the same moment', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => openDatabase(own.url)));
    await Promise.all(databases.map((database, i) => place(database, `o${i}`)));
    expect(await readMetrics(databases[0] as never)).to.include({ totalOrders: 5 });
    await Promise.all(databases.map(closeDatabase));
  });

  it('brings a database of an earlier version up to date, with what workers have in hand', async () => {
    const dialect = new PostgresDialect({
      pool: createPool({ connectionString: own.url }, 1),
    });
    const earlier = new Kysely({ dialect });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('002-pruned');
    for (const statement of [
      `insert into workers values ('w', 1, 1, 1)`,
      `insert into orders (order_id, user_id, total_minor, currency, status, attempt, claimed_by,
        placed_at, started_at, finished_at, request_id, item_ids) values
        ('done', 'u', 1, 'USD', 'COMPLETED', 1, null, 1, 1, 1, 'r', 'i'),
        ('held', 'u', 1, 'USD', 'PROCESSING', 1, 'w', 1, 1, null, 'r', 'i'),
        ('waits', 'u', 1, 'USD', 'PENDING', 0, null, 1, null, null, 'r', 'i')`,
      `insert into order_events (seq, type, at, attempt, worker) values
        (1, 'placed', 1, 0, null), (2, 'placed', 1, 0, null), (3, 'placed', 1, 0, null),
        (1, 'started', 1, 1, 'w'), (2, 'started', 1, 1, 'w'), (1, 'completed', 1, 1, 'w')`,
      `update order_counts set orders = 1
        where slot = 0 and status in ('COMPLETED', 'PROCESSING', 'PENDING')`,
      'insert into queue_blocks values (0, 0, 1)',
      `insert into order_durations values ('processing', 0, 0, 1, 0), ('waiting', 0, 0, 2, 0)`,
    ]) {
      await sql.raw(statement).execute(earlier);
    }
    await earlier.destroy();

    const database = await openDatabase(own.url);
    expect(await checkDatabase(database)).to.deep.equal([]);
    expect(ids(await findClaims(database, 'w'))).to.deep.equal(['held']);
    const { orders } = await findOrders(database, { status: 'COMPLETED' }, 9);
    expect(orders.map(({ orderId }) => orderId)).to.deep.equal(['done']);
    await place(database, 'new');
    expect(ids(await claim(database, 'x', 9))).to.deep.equal(['waits', 'new']);
    const { events } = await readEvents(database, lastIdOf(6), 9);
    expect(events.map(({ orderId, type }) => `${orderId} ${type}`)).to.deep.equal([
      ...['new placed', 'waits started', 'new started'],
    ]);
    expect(await checkDatabase(database)).to.deep.equal([]);
    await closeDatabase(database);
  });

  it('does not bring a database up to date that it only looks at', async () => {
    const pool = createPool({ connectionString: own.url }, 1);
    const earlier = new Kysely({ dialect: new PostgresDialect({ pool }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('004-lean');
    const executed = () => sql`select * from kysely_migration`.execute(earlier);
    const before = await executed();

    for (const purpose of ['look-after', 'copy-from'] as const) {
      const error = await openDatabase(own.url, { purpose }).catch((reason) => reason);
      expect(error, purpose).to.be.instanceOf(DatabaseUnusable);
      expect(error.message).to.match(/earlier version .*lacks 005-counters/);
      expect(await executed()).to.deep.equal(before);
    }
    await earlier.destroy();
  });

  it('waits for another process that brings it up to date, longer than for anything else', async () => {
    const other = new pg.Client(own.url);
    await other.connect();
    await other.query('begin; select pg_advisory_xact_lock(1869767793, -1)');
    // Who is to copy to it is told to come back.
    const copying = await openDatabase(own.url, { purpose: 'copy-to' }).catch((reason) => reason);
    expect(copying).to.be.instanceOf(DatabaseUnusable);
    expect(copying.message).to.match(/another process is bringing the database up to date/);
    // Nothing else would wait for an answer, or for a lock, for so long.
    const connecting = readUrl(own.url);
    const impatient = { ...connecting, config: { ...connecting.config, query_timeout: 500 } };
    const database = new Kysely<Schema>({
      dialect: new OrdersPostgresDialect(createPool(impatient.config, 1), true),
    });
    const notices: string[] = [];
    const migrated = migrate(database, impatient, 'serve', (message) => notices.push(message));
    const endsEarly = await Promise.race([migrated.catch(() => {}), sleep(5_500, 'waits')]);
    await other.query('rollback');
    await other.end();
    expect(endsEarly).to.equal('waits');
    await migrated;
    await database.destroy();
    expect(notices.join()).to.match(/: waiting, another process brings the database up to date$/);
    const opened = await openDatabase(own.url);
    await place(opened, 'a');
    await closeDatabase(opened);
  });

  it('keeps all that was counted by an earlier version, also by who is at it still', async () => {
    const pool = createPool({ connectionString: own.url }, 2);
    const earlier = new Kysely({ dialect: new PostgresDialect({ pool }) });
    const provider = { getMigrations: async () => migrations };
    await new Migrator({ db: earlier, provider }).migrateTo('004-lean');
    await sql
      .raw(`
        update order_counts set orders = 2 where status = 'FAILED' and slot < 2;
        update order_ends set orders = 3 where status = 'FAILED' and slot < 2;
        insert into order_durations values ('processing', 8, 1, 4, 500), ('waiting', 9, 2, 6, 700);
        insert into pruned_counts values ('CANCELLED', 3, 8);
        insert into queue_blocks values (9, 0, 12), (9, 1, -2)`)
      .execute(earlier);
    const atIt = await earlier.startTransaction().execute();
    await sql`update order_counts set orders = 20 where status = 'PENDING' and slot = 5`.execute(
      atIt,
    );
    const opening = openDatabase(own.url);
    for (let waiting = 0; waiting === 0; ) {
      const { rows } = await sql`
        select 1 from pg_locks where not granted and locktype = 'relation'`.execute(earlier);
      waiting = rows.length;
    }
    await atIt.commit().execute();
    const database = await opening;
    await earlier.destroy();

    const counters = await readAllCounters(database.reader);
    expect(counters.map((sum) => Object.values(sum).join(' '))).to.deep.equal([
      ...['ended FAILED 0 6 0', 'lasted processing 8 4 500', 'lasted waiting 9 6 700'],
      ...['now FAILED 0 4 0', 'now PENDING 0 20 0', 'pruned CANCELLED 0 8 0', 'queue 9 10 0'],
    ]);
    await closeDatabase(database);
  });

  it('finds what it left', async () => {
    const first = await openDatabase(own.url);
    await place(first, 'kept');
    await closeDatabase(first);
    const second = await openDatabase(own.url.replace('postgres:', 'postgresql:'));
    expect((await findOrder(second, 'kept'))?.status).to.equal('PENDING');
    await closeDatabase(second);
  });

  it("counts time by the server's clock", async () => {
    const database = await openDatabase(own.url);
    const { rows } = await sql<{ now: number }>`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`.execute(
      database.reader,
    );
    await place(database, 'a');
    const placedAt = (await findOrder(database, 'a'))?.placedAt ?? 0;
    expect(placedAt)
      .to.be.a('number')
      .and.be.within(rows[0]?.now as number, Date.now() + 1000);
    await closeDatabase(database);
  });

  it('keeps texts that PostgreSQL cannot, but for what it cannot of them', async () => {
    const database = await openDatabase(own.url);
    const keep = statement(
      { given: rowsOf({ text: 'text' }) },
      ({ given }) => sql<{ text: string }>`select text from ${given} as given`,
    );
    const given = ['a\0b', 'half of \ud83d', 'a\\u0000b "ä" 😀'].map((text) => ({ text }));
    const { rows } = await write(database, (writing) => keep(writing, { given }));
    expect(rows.map(({ text }) => text)).to.deep.equal([
      ...['a\ufffdb', 'half of \ufffd', 'a\\u0000b "ä" 😀'],
    ]);
    await closeDatabase(database);
  });

  it('takes no more connections than it is told to, and works where none may be kept', async () => {
    for (const parameters of ['pool_size=2', 'pool_size=2&pooler=transaction']) {
      const database = await openDatabase(`${own.url}?${parameters}`);
      const ids = Array.from({ length: 10 }, (_, i) => `${parameters}${i}`);
      await Promise.all(
        ids.flatMap((id): Promise<unknown>[] => [place(database, id), findOrder(database, id)]),
      );
      const { rows } = await sql<{ prepared: number; connections: number }>`
        select (select count(*) from pg_prepared_statements) as prepared, count(*) as connections
        from pg_stat_activity where datname = current_database()`.execute(database.reader);
      expect(rows[0]?.connections).to.equal(2);
      expect(rows[0]?.prepared !== 0).to.equal(!parameters.includes('pooler'));
      const watch = database.watchCommits('work', () => {});
      watch.close();
      await closeDatabase(database);
    }
  });

  it('says what is wrong with a database that it cannot use', async () => {
    const server = createServer((socket) => {
      const said = asksForPassword.values();
      socket.on('data', () => socket.write(said.next().value ?? '')).on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const changed = (change: (url: URL) => void) => {
      const url = new URL(own.url);
      change(url);
      return url.href;
    };
    const { password } = new URL(own.url);
    const wrong: [string, RegExp][] = [
      [changed((url) => (url.password = 'wrong')), /the user or the password is wrong \(28P01\)/],
      [changed((url) => (url.pathname = '/no')), /there is no such database.*\(3D000\)/],
      [changed((url) => (url.hostname = 'no.invalid')), /host/],
      [
        changed((url) => url.searchParams.set('pool_size', '0')),
        /pool_size=0; allowed is a number/,
      ],
      [changed((url) => url.searchParams.set('pooler', 'x')), /pooler=x; allowed is transaction/],
      [changed((url) => url.searchParams.set('ssl', 'true')), /does not support SSL/],
      [
        changed((url) => url.searchParams.set('sslrootcert', '/no/ca.pem')),
        /no such file or directory, open '\/no\/ca\.pem' \(ENOENT\)/,
      ],
      [changed((url) => url.searchParams.set('host', '/no/socket')), /there is no such socket/],
      [changed((url) => url.searchParams.set('sslnegotiation', 'x')), /Invalid sslnegotiation/],
      [`postgres://user@127.0.0.1:${port}/x`, /asks for a password, and the URL has none/],
      ['postgres://a b', /is no URL/],
    ];
    for (const [url, message] of wrong) {
      const error = await openDatabase(url).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error, url).to.be.instanceOf(DatabaseUnusable);
      expect(error.message).to.match(message).and.not.include(password);
    }
    server.close();
    await once(server, 'close');
    const notices: string[] = [];
    const error = await openDatabase(`postgres://127.0.0.1:${port}/x`, {
      onNotice: (message) => notices.push(message),
    }).catch((reason) => reason);
    expect(error.message).to.match(/nothing answers there.*ECONNREFUSED/);
    expect(notices).to.deep.equal([`postgres://127.0.0.1:${port}/x does not answer yet`]);
  });

  it('tells of a server that may forget what was accepted', async () => {
    const noticesOf = async () => {
      const notices: string[] = [];
      const onNotice = (message: string) => void notices.push(message);
      await closeDatabase(await openDatabase(own.url, { onNotice }));
      return notices;
    };
    const { host, pathname } = new URL(own.url);
    const notice = (settings: string) =>
      `postgres://${host}${pathname} has ${settings} off: after a power cut accepted orders may be gone`;

    // Servers of tests are quick and forgetful.
    expect(await noticesOf()).to.deep.equal([notice('fsync and synchronous_commit')]);
    await query(`alter database ${pathname.slice(1)} set synchronous_commit = local`);
    expect(await noticesOf()).to.deep.equal([notice('fsync')]);
  });

  it('refuses a database that a newer version has changed, or that is of another program', async () => {
    await query('create table orders (n bigint)');
    const stranger = await openDatabase(own.url).catch((reason) => reason);
    expect(stranger).to.be.instanceOf(DatabaseUnusable);
    expect(stranger.message).to.match(/holds tables of another program/);
    await query('drop table orders');

    await closeDatabase(await openDatabase(own.url));
    await query("insert into kysely_migration values ('999-future', '2099-01-01T00:00:00.000Z')");
    const newer = await openDatabase(own.url).catch((reason) => reason);
    expect(newer).to.be.instanceOf(DatabaseUnusable);
    expect(newer.message).to.match(/newer version.*999-future/);
  });

  it('refuses to change what has been recorded of an order', async () => {
    const database = await openDatabase(own.url);
    await place(database, 'a');
    const change = database.writer.updateTable('event_runs').set({ at: 0 }).execute();
    expect(await change.catch((error) => error.message)).to.match(/append-only/);
    await closeDatabase(database);
  });

  it('leaves its backup to the tool of the server', async () => {
    const database = await openDatabase(own.url);
    const refused = await backUpDatabase(database, '/tmp/orders.dump').catch((error) => error);
    expect(refused).to.be.instanceOf(DatabaseUnusable);
    expect(refused.message).to.match(/pg_dump --format=custom --file=FILE postgres:/);
    await closeDatabase(database);
  });

  it('tells callers that it is unavailable when connections are lost, and goes on afterwards', async () => {
    const database = await openDatabase(`${own.url}?pool_size=1`);
    await place(database, 'a');
    const sleeping = sql`select pg_sleep(60)`
      .execute(database.reader)
      .catch(database.translateError);
    const placing = place(database, 'b').catch((error) => error);
    await query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`);
    expect(await sleeping).to.be.instanceOf(DatabaseUnavailable);
    // It got the next connection.
    expect(await placing).to.deep.equal(['placed']);
    await closeDatabase(database);
  });

  it('tells callers that it is unavailable when nothing can be known of who answers', () => {
    for (const code of [
      ...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ...['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_CRL', 'HOSTNAME_MISMATCH'],
    ]) {
      const error = translateError(Object.assign(new Error(code), { code }));
      expect(error, code).to.be.instanceOf(DatabaseUnavailable);
    }
    const mistake = new TypeError('x is not a function');
    expect(translateError(mistake)).to.equal(mistake);
  });

  it('goes on with a connection on which a transaction could not begin', async () => {
    const database = await openDatabase(`${own.url}?pool_size=1`);
    const begin = (failing: string) =>
      query(`create or replace function take_slot() returns integer language plpgsql as $$
        begin ${failing} return 0; end $$`);
    await begin("raise 'full' using errcode = 'disk_full';");
    const error = await checkWritable(database).catch((reason) => reason);
    expect(error).to.be.instanceOf(DatabaseUnavailable);
    expect(error.message).to.match(/53100/);
    await begin('');
    expect(await readMetrics(database)).to.include({ totalOrders: 0 });
    await checkWritable(database);
    await closeDatabase(database);
  });

  async function query(text: string): Promise<void> {
    const client = new pg.Client(own.url);
    await client.connect();
    await client.query(text).finally(() => client.end());
  }
});
