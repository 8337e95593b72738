import { expect } from 'chai';
import { sql } from 'kysely';

import { claimOrders } from '../../src/claim.ts';
import { readAllCounters } from '../../src/counters.ts';
import { write } from '../../src/database.ts';
import {
  cancelOrder,
  checkDatabase,
  closeDatabase,
  type Database,
  findClaims,
  findOrder,
  findOrderAndPlace,
  leave,
  type Outcome,
  openDatabase,
  placeOrders,
  readMetrics,
  register,
  retryOrder,
} from '../../src/index.ts';
import { insertOrders } from '../../src/place.ts';
import { deleteOld } from '../../src/prune.ts';
import { settleAndClaim } from '../../src/round.ts';
import { settleOrders } from '../../src/settle.ts';
import { writeDown } from '../../src/write-down.ts';
import type { Writing } from '../../src/writing.ts';
import { claim, ids, leaseMs, newOrder, nothing, place, sweep } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

const policy = { maxAttempts: 3, retryBackoffMs: 1000 };

describe('transactions that run at the same time on PostgreSQL', () => {
  let own: OwnDatabase;
  let database: Database;
  let clock: { now: number };
  const open: PromiseWithResolvers<void>[] = [];
  beforeEach(async () => {
    own = await kinds.postgres();
    clock = { now: Date.UTC(2026, 0, 1) };
    database = await openDatabase(own.url, { clock: () => clock.now });
  });
  afterEach(async () => {
    // What a test that failed has left open.
    for (const go of open.splice(0)) go.resolve();
    await closeDatabase(database);
    await own.destroy();
  });

  /** Does its work, and commits when it is told to. */
  async function begin<T>(work: (writing: Writing) => Promise<T>) {
    const worked = Promise.withResolvers<T>();
    const go = Promise.withResolvers<void>();
    open.push(go);
    const committed = write(database, async (writing) => {
      worked.resolve(await work(writing));
      await go.promise;
    });
    committed.catch(worked.reject);
    const result = await worked.promise;
    return {
      result,
      commit() {
        go.resolve();
        return committed;
      },
    };
  }

  /** Resolves when somebody waits for a lock. */
  async function somebodyWaits(): Promise<void> {
    for (;;) {
      const { rows } = await sql`select 1 from pg_locks where not granted`.execute(database.reader);
      if (rows.length > 0) return;
    }
  }

  const claimBy = (worker: string, places: number) => (writing: Writing) =>
    claimOrders(writing, { worker, places, holding: 0, concurrency: places });

  it('claim different orders, oldest first, without waiting for each other', async () => {
    await place(database, 'a', 'b', 'c', 'd');
    await register(database, 'w1', leaseMs);
    await register(database, 'w2', leaseMs);
    const first = await begin(claimBy('w1', 2));
    const second = await begin(claimBy('w2', 1));
    await second.commit();
    await first.commit();
    expect([ids(first.result), ids(second.result)]).to.deep.equal([['a', 'b'], ['c']]);
  });

  it('lock no order that they do not claim', async () => {
    await register(database, 'idle', leaseMs);
    const looking = await begin((writing) => {
      const { connection } = writing;
      // Its first look finds nothing; then there is an order.
      const lookThenPlace: typeof connection.executeQuery = async (query) => {
        const found = await connection.executeQuery(query);
        await place(database, 'a');
        return found as never;
      };
      const meanwhile = { executeQuery: lookThenPlace } as typeof connection;
      return claimBy('idle', 1)({ ...writing, connection: meanwhile });
    });
    const unknown = await begin(claimBy('unknown', 1));
    expect([looking.result, unknown.result]).to.deep.equal([[], []]);
    expect(ids(await claim(database, 'w', 1))).to.deep.equal(['a']);
    await Promise.all([looking.commit(), unknown.commit()]);
  });

  it('lock no suspect that they do not claim', async () => {
    await place(database, 'a', 'b', 'c', 'd');
    const held = await claim(database, 'dead', 4);
    await settleAndClaim(
      database,
      held.map((one): Outcome => ({ claim: one, result: 'interrupted', error: 'died' })),
      nothing,
    );
    await register(database, 'w1', leaseMs);
    await register(database, 'w2', leaseMs);
    const first = await begin(claimBy('w1', 2));
    let news: unknown;
    const second = await begin(async (writing) => {
      const claims = await claimBy('w2', 2)(writing);
      news = [...writing.news];
      return claims;
    });
    // Others would look again, find what it found, and tell each other without end.
    expect(news).to.deep.equal([]);
    await second.commit();
    await first.commit();
    expect([ids(first.result), ids(second.result)]).to.deep.equal([['a'], []]);
    expect(ids(await claim(database, 'w3', 2))).to.deep.equal(['b']);
  });

  it('place groups without waiting for each other, each in its own order', async () => {
    const orders = (group: string) =>
      Array.from({ length: 100 }, (_, i) => newOrder(`${group}${i}`));
    const first = await begin((writing) => insertOrders(writing, orders('a')));
    await placeOrders(database, orders('b'));
    await first.commit();
    const found = await database.reader.selectFrom('orders').selectAll().orderBy('seq').execute();
    expect(found.map((row) => row.order_id)).to.deep.equal(
      [...orders('a'), ...orders('b')].map(({ orderId }) => orderId),
    );
    expect(await readMetrics(database)).to.include({ pendingOrders: 200 });
    expect((await findOrderAndPlace(database, 'b99'))?.place.position).to.equal(200);
  });

  /** Places orders, completes them, and lets a second pass. @returns their numbers */
  async function givenCompleted(...orderIds: string[]): Promise<{ seq: number }[]> {
    await place(database, ...orderIds);
    const claims = await claim(database, 'w', orderIds.length);
    await settleAndClaim(
      database,
      claims.map((one): Outcome => ({ claim: one, result: 'completed' })),
      nothing,
    );
    clock.now += 1000;
    return claims.map(({ order }) => ({ seq: order.seq }));
  }

  it('prune neighbours, and leave nothing of the history that they share', async () => {
    const [a, b] = (await givenCompleted('a', 'b')) as [{ seq: number }, { seq: number }];
    const first = await begin((writing) => deleteOld(writing, [a], 1000));
    const second = begin((writing) => deleteOld(writing, [b], 1000));
    await somebodyWaits();
    await first.commit();
    await (await second).commit();
    const left = await database.reader.selectFrom('event_runs').selectAll().execute();
    expect(left).to.deep.equal([]);
  });

  it('accept no id whose order is pruned meanwhile', async () => {
    const [{ seq }] = (await givenCompleted('a')) as [{ seq: number }];
    const pruning = await begin((writing) => deleteOld(writing, [{ seq }], 1000));
    const placing = place(database, 'b', 'a');
    await somebodyWaits();
    await pruning.commit();
    expect(await placing).to.deep.equal(['placed', 'duplicate']);
    expect(await readMetrics(database)).to.include({ totalOrders: 1, pendingOrders: 1 });
  });

  it('leave no claim behind with a worker that is swept or leaves meanwhile', async () => {
    for (const end of ['swept', 'left'] as const) {
      await place(database, end);
      await register(database, end, leaseMs);
      const claiming = await begin(claimBy(end, 1));
      clock.now += leaseMs;
      const ending = end === 'left' ? leave(database, end) : sweep(database, policy);
      await somebodyWaits();
      await claiming.commit();
      await ending;
      if (end === 'left') await sweep(database, policy);
      expect(await findClaims(database, end), end).to.deep.equal([]);
      expect(await findOrder(database, end)).to.include({ status: 'PENDING' });
      await cancelOrder(database, end, null);
    }
  });

  it('are waited for by who asks for the claims of their worker', async () => {
    await place(database, 'a');
    await register(database, 'w', leaseMs);
    const claiming = await begin(claimBy('w', 1));
    const finding = findClaims(database, 'w');
    await somebodyWaits();
    await claiming.commit();
    expect(ids(await finding)).to.deep.equal(['a']);
  });

  it('are done again when the same worker claims beside a commit that it gave up', async () => {
    await place(database, 'a', 'b');
    await register(database, 'w', leaseMs);
    const claiming = await begin(async (writing) => {
      await claimBy('w', 1)(writing);
      await writeDown(writing);
      writing.transitions.length = 0;
      writing.queue.clear();
    });
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    const again = settleAndClaim(database, [], request);
    await somebodyWaits();
    await claiming.commit();
    expect(ids((await again).claims)).to.deep.equal(['b']);
    expect(ids(await findClaims(database, 'w'))).to.deep.equal(['a', 'b']);
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('pass no order over that somebody asks to retry, or to cancel and may not', async () => {
    const asking = {
      retry: (spied: Database) => retryOrder(spied, 'retry'),
      cancel: (spied: Database) => cancelOrder(spied, 'cancel', null, 'somebody else'),
    };
    for (const [id, ask] of Object.entries(asking)) {
      await place(database, id, `behind ${id}`);
      const asked = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      open.push(go);
      const writer = database.writer.withPlugin({
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          asked.resolve();
          await go.promise;
          return result;
        },
      });
      const asks = ask({ ...database, writer });
      await asked.promise;
      expect(ids(await claim(database, 'w', 1)), id).to.deep.equal([id]);
      go.resolve();
      expect((await asks).outcome).to.be.oneOf(['refused', 'unknown']);
      await claim(database, 'w', 1);
    }
  });

  it('give no claim to a worker whose lease is being swept', async () => {
    await place(database, 'a');
    await register(database, 'w', leaseMs);
    const sweeping = await begin(({ trx }) => trx.deleteFrom('workers').execute());
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    const claiming = settleAndClaim(database, [], request);
    await somebodyWaits();
    await sweeping.commit();
    expect((await claiming).claims).to.deep.equal([]);
    expect(await findOrder(database, 'a')).to.include({ status: 'PENDING', attempts: 0 });
  });

  it('tell what they found, also when they waited for it: a cancel and a claim', async () => {
    await place(database, 'a');
    await register(database, 'w', leaseMs);
    const claiming = await begin(claimBy('w', 1));
    const cancelling = cancelOrder(database, 'a', null);
    await somebodyWaits();
    await claiming.commit();
    expect((await cancelling).outcome).to.equal('requested');
  });

  it('are done again after a deadlock', async () => {
    await place(database, 'a', 'b');
    const [seqA, seqB] = await Promise.all(
      ['a', 'b'].map(async (id) => (await findOrder(database, id))?.seq as number),
    );
    let tries = 0;
    const both = Promise.withResolvers<void>();
    let ready = 0;
    const touch = (first: number, second: number) =>
      write(database, async ({ trx }) => {
        tries += 1;
        const update = (seq: number) =>
          trx.updateTable('orders').set({ last_error: 'x' }).where('seq', '=', seq).execute();
        await update(first);
        if (++ready === 2) both.resolve();
        await both.promise;
        await update(second);
      });
    await Promise.all([
      touch(seqA as number, seqB as number),
      touch(seqB as number, seqA as number),
    ]);
    // One is undone; done again at once, it may be first at its row again, and be undone again.
    expect(tries).to.be.at.least(3);
    const rows = await database.reader.selectFrom('orders').select('last_error').execute();
    expect(rows.map(({ last_error }) => last_error)).to.deep.equal(['x', 'x']);
  });

  it('forget the blocks of the queue that are done, and count the others', async () => {
    const orders = (from: number) =>
      Array.from({ length: 3000 }, (_, i) => newOrder(`o${from + i}`));
    await placeOrders(database, orders(1));
    await claim(database, 'w', 3000);
    const [first] = await findClaims(database, 'w');
    const released = { claim: first, result: 'released' } as Outcome;
    // Its block comes to life again.
    const releasing = await begin((writing) => settleOrders(writing, [released]));
    await placeOrders(database, orders(3001));
    await releasing.commit();
    const counters = await readAllCounters(database.reader);
    const blocks = counters.filter(({ counter }) => counter === 'queue');
    expect(blocks.map(({ part, orders }) => [part, orders])).to.deep.equal([
      ...[
        [0, 1],
        [2, 71],
        [3, 1024],
        [4, 1024],
        [5, 881],
      ],
    ]);
    expect((await findOrderAndPlace(database, 'o6000'))?.place.position).to.equal(3001);
  });

  it('leave the counters of others alone when they look for blocks that are done', async () => {
    await place(database, 'before');
    await claim(database, 'w', 1);
    await sql`select setval('orders_seq_seq', 5000)`.execute(database.writer);
    const slow = await begin((writing) => insertOrders(writing, [newOrder('slow')]));
    const looking = await begin(async (writing) => {
      await insertOrders(writing, [newOrder('first of its slot')]);
      await writeDown(writing);
      writing.transitions.length = 0;
      writing.queue.clear();
    });
    await slow.commit();
    await looking.commit();
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('keep counters and positions exact while ten workers and three shops are at it', async () => {
    const shops = [0, 1, 2].map(async (shop) => {
      for (let i = 0; i < 40; i += 1)
        await place(database, ...[0, 1, 2].map((n) => `${shop}-${i}-${n}`));
    });
    const started: number[] = [];
    const workers = Array.from({ length: 7 }, async (_, worker) => {
      for (let round = 0; round < 20; round += 1) {
        const held = await claim(database, `w${worker}`, 5);
        started.push(...held.map(({ order }) => order.seq));
        const outcomes = held.map(
          (one, i): Outcome => ({ claim: one, result: i % 5 === 4 ? 'released' : 'completed' }),
        );
        await settleAndClaim(database, outcomes, nothing);
      }
    });
    await Promise.all([...shops, ...workers]);

    const rows = await database.reader.selectFrom('orders').selectAll().orderBy('seq').execute();
    const count = (status: string) => rows.filter((row) => row.status === status).length;
    expect(await readMetrics(database)).to.include({
      ...{ totalOrders: 360, pendingOrders: count('PENDING'), processingOrders: 0 },
      ...{ completedOrders: count('COMPLETED'), failedOrders: 0, cancelledOrders: 0 },
    });
    const waiting = rows.filter((row) => row.status === 'PENDING');
    await place(database, 'last');
    expect((await findOrderAndPlace(database, 'last'))?.place.position).to.equal(
      waiting.length + 1,
    );
    const completed = rows.filter((row) => row.status === 'COMPLETED').map(({ seq }) => seq);
    expect(started).to.include.members(completed);
  });
});
