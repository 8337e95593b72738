import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

import {
  checkDatabase,
  closeDatabase,
  type Database,
  DatabaseUnavailable,
  findOrder,
  openDatabase,
  placeOrders,
  readEvents,
  readMetrics,
} from '../../src/index.ts';
import { connect, readUrl } from '../../src/postgres/connect.ts';
import { createLane } from '../../src/postgres/lane.ts';
import type { Schema } from '../../src/schema.ts';
import { newOrder, place } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('groups of orders that are on their way to PostgreSQL', () => {
  let own: OwnDatabase;
  const opened: Database[] = [];
  const strangers: pg.Client[] = [];
  beforeEach(async () => {
    own = await kinds.postgres();
  });
  afterEach(async () => {
    for (const stranger of strangers.splice(0)) await stranger.end();
    await Promise.all(opened.splice(0).map(closeDatabase));
    await own.destroy();
  });

  async function open(parameters = ''): Promise<Database> {
    const database = await openDatabase(own.url + parameters);
    opened.push(database);
    return database;
  }

  /** Has a transaction of somebody else do something, and stay open. */
  async function meanwhile(statement: string) {
    const stranger = new pg.Client(own.url);
    strangers.push(stranger);
    await stranger.connect();
    await stranger.query(`begin; ${statement}`);
    return {
      commit: () => stranger.query('commit'),
      rollback: () => stranger.query('rollback'),
      cancelWhoWaits: () =>
        stranger.query('select pg_cancel_backend(pid) from pg_locks where not granted'),
      async keepsWaiting(many: number) {
        for (;;) {
          const { rows } = await stranger.query('select 1 from pg_locks where not granted');
          if (rows.length === many) return;
        }
      },
    };
  }

  it('share a connection, and are placed in their order, also behind one that waits', async () => {
    const database = await open();
    const other = await meanwhile(`insert into orders
      (order_id, user_id, total_minor, currency, status, placed_at, request_id, item_ids)
      values ('a', 'u', 1, 'USD', 'PENDING', 1, 'r', 'i')`);
    const placing = ['a', 'b', 'c'].map((id) => place(database, id, `${id}2`));
    await other.keepsWaiting(1);
    const { rows } = await sql<{ many: number }>`
      select count(*) as many from pg_stat_activity
      where datname = current_database() and query like '%with beginning%'
        and pid <> pg_backend_pid()`.execute(database.reader);
    expect(rows[0]?.many).to.equal(1);
    await other.commit();
    expect(await Promise.all(placing)).to.deep.equal([
      ...[
        ['duplicate', 'placed'],
        ['placed', 'placed'],
        ['placed', 'placed'],
      ],
    ]);
    const orders = await database.reader.selectFrom('orders').selectAll().orderBy('seq').execute();
    expect(orders.map((row) => row.order_id)).to.deep.equal(['a', 'a2', 'b', 'b2', 'c', 'c2']);
  });

  it('leave the only connection to others who wait for it, before what is sent later', async () => {
    const pool = await connect(readUrl(`${own.url}?pool_size=1`), () => {});
    const database = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
    const lane = createLane(pool);
    const done: string[] = [];
    const [sent, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = lane(database, async () => {
      sent.resolve();
      await answered.promise;
      done.push('first');
    });
    await sent.promise;
    const beside = lane(database, async () => done.push('beside'));
    const stranger = database.connection().execute(async () => done.push('stranger'));
    await nextTurn();
    const last = lane(database, async () => done.push('last'));
    await nextTurn();
    expect(done).to.deep.equal(['beside']);
    answered.resolve();
    await Promise.all([first, beside, stranger, last]);
    expect(done).to.deep.equal(['beside', 'first', 'stranger', 'last']);
    await database.destroy();
  });

  it('are placed all the same behind one that was to prepare the statement for them, and failed', async () => {
    const database = await open();
    const other = await meanwhile('lock table orders in exclusive mode');
    const placing = Promise.allSettled(['a', 'b'].map((id) => place(database, id)));
    await other.keepsWaiting(1);
    await other.cancelWhoWaits();
    await other.commit();
    const [first, second] = await placing;
    expect(first).to.have.property('reason').that.is.instanceOf(DatabaseUnavailable);
    expect(second).to.deep.equal({ status: 'fulfilled', value: ['placed'] });
  });

  it('fail together when the connection is lost; the next one gets another', async () => {
    const database = await open();
    const other = await meanwhile('lock table orders in exclusive mode');
    const placing = Promise.allSettled(['a', 'b', 'c'].map((id) => place(database, id)));
    await other.keepsWaiting(1);
    const ending = new pg.Client(own.url);
    await ending.connect();
    await ending.query(`select pg_terminate_backend(pid) from pg_locks where not granted`);
    await ending.end();
    for (const outcome of await placing) {
      expect(outcome.status === 'rejected' && outcome.reason).to.be.instanceOf(DatabaseUnavailable);
    }
    await other.commit();
    expect(await place(database, 'a', 'd')).to.deep.equal(['placed', 'placed']);
    expect(await readMetrics(database)).to.include({ pendingOrders: 2 });
  });

  it('fail alone where one of them is refused', async () => {
    const database = await open();
    const bad = newOrder('bad', { totalMinor: 1e30 });
    const outcomes = await Promise.allSettled([
      ...[placeOrders(database, [newOrder('a')]), placeOrders(database, [newOrder('b'), bad])],
      placeOrders(database, [newOrder('c')]),
    ]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      ...['fulfilled', 'rejected', 'fulfilled'],
    ]);
    expect(await findOrder(database, 'b')).to.equal(undefined);
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('see what is committed when they begin, whatever the defaults and the options in the URL', async () => {
    const name = new URL(own.url).pathname.slice(1);
    await sql
      .raw(`alter database ${name} set default_transaction_isolation = 'repeatable read'`)
      .execute((await open('?options=-c%20work_mem%3D8MB')).writer);
    const database = await open();
    await place(database, 'a');
    const pruning = await meanwhile(
      `delete from orders where order_id = 'a'; insert into pruned_orders values ('a')`,
    );
    const placing = place(database, 'a');
    await pruning.keepsWaiting(1);
    await pruning.commit();
    expect(await placing).to.deep.equal(['duplicate']);
  });

  it('hold the feed back while the numbers of their events are taken: it skips none of them', async () => {
    const [database, elsewhere] = [await open(), await open()];
    await place(database, 'before');
    // Waits with its number taken: somebody else, past the trigger, may be about to have the same.
    const other = await meanwhile(`set local session_replication_role = replica;
      insert into event_runs (run, seq, orders, type, at, attempt)
        select last_value + 1, 1, 1, 'placed', 1, 0 from event_runs_run_seq`);
    const late = place(database, 'late');
    await other.keepsWaiting(1);
    await place(elsewhere, 'after');
    const first = await readEvents(elsewhere, 0, 9);
    expect(first.events.map(({ orderId }) => orderId)).to.deep.equal(['before']);
    await other.rollback();
    await late;
    const second = await readEvents(elsewhere, first.readTo, 9);
    expect(second.events.map(({ orderId }) => orderId)).to.deep.equal(['late', 'after']);
  });
});
