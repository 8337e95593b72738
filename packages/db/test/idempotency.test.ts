import { expect } from 'chai';

import {
  createPlacer,
  createSweeper,
  type Database,
  findOrder,
  findRefusal,
  placeOrders,
  readHistory,
  readMetrics,
} from '../src/index.ts';
import { onEveryDatabase } from './databases.ts';
import { newOrder, place } from './given.ts';

const hourMs = 3_600_000;
const policy = { maxAttempts: 1, retryBackoffMs: 0 };

/** An order under a key; what it asks for is told by its id. */
const keyed = (key: string, orderId: string) =>
  newOrder(orderId, { idempotency: { key, fingerprint: `wants ${orderId}` } });

onEveryDatabase('idempotency keys', (subject) => {
  it('make the same request, sent again, place nothing and learn that it was placed', async () => {
    const { database } = subject;
    expect(await placeOrders(database, [keyed('k', 'a')])).to.deep.equal(['placed']);
    expect(await placeOrders(database, [keyed('k', 'a')])).to.deep.equal(['replayed']);
    expect((await readHistory(database, 'a')).map(({ type }) => type)).to.deep.equal(['placed']);
    expect(await readMetrics(database)).to.include({ totalOrders: 1, pendingOrders: 1 });
  });

  it('are not lent to another request', async () => {
    const { database } = subject;
    await placeOrders(database, [keyed('k', 'a')]);
    expect(await placeOrders(database, [keyed('k', 'b')])).to.deep.equal(['key-reused']);
    expect(await findOrder(database, 'b')).to.equal(undefined);
  });

  it('tell without placing what would be told of an order that is not placed', async () => {
    const { database } = subject;
    await placeOrders(database, [keyed('k', 'a'), newOrder('b')]);
    await database.writer.insertInto('pruned_orders').values({ order_id: 'c' }).execute();
    const orders = [
      keyed('k', 'a'),
      keyed('k', 'd'),
      newOrder('a'),
      keyed('l', 'b'),
      newOrder('c'),
    ];
    const told = await Promise.all(orders.map((order) => findRefusal(database, order)));
    expect(told).to.deep.equal([
      ...['replayed', 'key-reused', 'duplicate', 'duplicate', 'duplicate'],
    ]);
    expect(await findRefusal(database, keyed('l', 'd'))).to.equal(undefined);
    const placed = await Promise.all(orders.map((order) => placeOrders(database, [order])));
    expect(placed.flat()).to.deep.equal(told);
  });

  it('are not spent on an order that is a duplicate', async () => {
    const { database } = subject;
    await place(database, 'a');
    expect(await placeOrders(database, [keyed('k', 'a')])).to.deep.equal(['duplicate']);
    expect(await placeOrders(database, [keyed('k', 'b')])).to.deep.equal(['placed']);
    expect(await placeOrders(database, [keyed('k', 'b')])).to.deep.equal(['replayed']);
  });

  it('are judged one by one in a group, which is still placed in its order', async () => {
    const { clock, database } = subject;
    await placeOrders(database, [keyed('k1', 'a'), newOrder('b'), keyed('k4', 'g')]);
    clock.reads = 0;
    const group = [
      newOrder('c'),
      keyed('k1', 'a'),
      keyed('k2', 'b'),
      keyed('k3', 'd'),
      keyed('k3', 'd'),
      keyed('k4', 'e'),
      newOrder('c'),
      newOrder('f'),
    ];
    expect(await placeOrders(database, group)).to.deep.equal([
      'placed',
      'replayed',
      'duplicate',
      'placed',
      'key-in-flight',
      'key-reused',
      'duplicate',
      'placed',
    ]);
    expect(clock.reads).to.equal(1);
    const [c = 0, d = 0, f = 0] = await Promise.all(
      ['c', 'd', 'f'].map(async (id) => (await findOrder(database, id))?.seq),
    );
    expect(c).to.be.below(d);
    expect(d).to.be.below(f);
  });

  it('are in flight in one process until the answer is known, and free again after an error', async () => {
    const { database } = subject;
    const broken = new Error('no');
    let fail = true;
    const startOf: Database['startOf'] = (trx) => {
      if (fail) throw broken;
      return database.startOf(trx);
    };
    const placer = createPlacer({ ...database, startOf });
    const outcomes = await Promise.allSettled(
      ['a', 'a', 'b'].map((orderId) => placer.place(keyed('k', orderId))),
    );
    const told = outcomes.map((outcome) => ('value' in outcome ? outcome.value : 'rejected'));
    expect(told).to.deep.equal(['rejected', 'key-in-flight', 'key-in-flight']);

    fail = false;
    expect(await placer.place(keyed('k', 'a'))).to.equal('placed');
    expect(await placer.place(keyed('k', 'a'))).to.equal('replayed');
  });

  it('go to one of several processes that use them at the same moment', async () => {
    const others = await Promise.all([subject.reopen(), subject.reopen(), subject.reopen()]);
    const databases = [subject.database, ...others];
    const same = await Promise.all(
      databases.map((database) => placeOrders(database, [keyed('k', 'a')])),
    );
    expect(same.flat().sort()).to.deep.equal(['placed', 'replayed', 'replayed', 'replayed']);

    const different = await Promise.all(
      databases.map((database, i) => placeOrders(database, [keyed('l', `b${i}`)])),
    );
    expect(different.flat().sort()).to.deep.equal([...Array(3).fill('key-reused'), 'placed']);
    expect(await readMetrics(subject.database)).to.include({ totalOrders: 2 });
  });

  it('are known for a day, then forgotten, oldest first and a portion at a time', async () => {
    const { clock, database } = subject;
    const placedAt = clock.now;
    await placeOrders(database, [keyed('old', 'old')]);
    clock.now += 1;
    const many = Array.from({ length: 1500 }, (_, i) => keyed(`k${i}`, `a${i}`));
    await placeOrders(database, many);
    clock.now = placedAt + 24 * hourMs;
    await placeOrders(database, [keyed('young', 'young')]);
    const left = () => database.reader.selectFrom('idempotency_keys').select('key').execute();
    const outcomeOf = async (key: string) =>
      (await placeOrders(database, [keyed(key, key)])).join();

    // Not at once, or a steady flow of keys would mean a sweep for every one of them.
    const sweeper = createSweeper(database, policy);
    const nextAt = placedAt + 25 * hourMs;
    expect(await sweeper.sweep()).to.include({ nextInMs: hourMs });
    expect(await left()).to.have.length(1502);
    expect(await outcomeOf('old')).to.equal('replayed');

    clock.now = nextAt;
    expect(await sweeper.sweep()).to.deep.include({ due: 0, nextInMs: 1 });
    expect(await left()).to.have.length(502);
    expect(await outcomeOf('old')).to.equal('duplicate');
    clock.now = nextAt + 1;
    const nextInMs = placedAt + 49 * hourMs - clock.now;
    expect(await sweeper.sweep()).to.include({ nextInMs });
    expect((await left()).map(({ key }) => key)).to.deep.equal(['young']);
  });
});
