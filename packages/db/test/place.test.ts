import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';

import {
  checkDatabase,
  createPlacer,
  findOrder,
  type Placement,
  placeOrders,
  readHistory,
  readMetrics,
} from '../src/index.ts';
import { onEveryDatabase } from './databases.ts';
import { newOrder, place } from './given.ts';

onEveryDatabase('placing orders', (subject) => {
  it('keeps an order as it was sent, pending', async () => {
    const { database, clock } = subject;
    await placeOrders(database, [
      newOrder('A-1', { itemIds: 'BANK CHARGES,gift,ä\'"\\,', totalMinor: 16_846_960 }),
    ]);

    expect(await findOrder(database, 'A-1')).to.deep.equal({
      seq: 1,
      orderId: 'A-1',
      userId: 'user_1',
      itemIds: 'BANK CHARGES,gift,ä\'"\\,',
      totalMinor: 16_846_960,
      currency: 'USD',
      status: 'PENDING',
      attempts: 0,
      placedAt: clock.now,
      startedAt: null,
      finishedAt: null,
      notBefore: null,
      cancelRequestedAt: null,
      lastError: null,
      requestId: 'request-A-1',
    });
    expect(await findOrder(database, 'a-1')).to.equal(undefined);
  });

  it('accepts an id once, also within one group, and takes the first', async () => {
    const { database } = subject;
    expect(
      await placeOrders(database, [
        newOrder('a', { totalMinor: 1 }),
        newOrder('a', { totalMinor: 2 }),
      ]),
    ).to.deep.equal(['placed', 'duplicate']);
    expect(await place(database, 'b', 'a', 'c')).to.deep.equal(['placed', 'duplicate', 'placed']);

    expect((await findOrder(database, 'a'))?.totalMinor).to.equal(1);
    expect((await readHistory(database, 'a')).map(({ type }) => type)).to.deep.equal(['placed']);
    expect(await readMetrics(database)).to.include({ totalOrders: 3, pendingOrders: 3 });
  });

  it('accepts an id once when several processes place it at the same moment', async () => {
    const others = await Promise.all([subject.reopen(), subject.reopen(), subject.reopen()]);
    const placers = [subject.database, ...others].map((database) => createPlacer(database));
    const placements = await Promise.all(
      placers.flatMap((placer) => [1, 2, 3, 4].map(() => placer.place(newOrder('same')))),
    );

    expect(placements.filter((placement) => placement === 'placed')).to.have.length(1);
    expect(placements.filter((placement) => placement === 'duplicate')).to.have.length(15);
  });

  it('gives seq in the order of the calls', async () => {
    const placer = createPlacer(subject.database);
    const orderIds = Array.from({ length: 1200 }, (_, i) => `order-${1200 - i}`);
    await Promise.all(orderIds.map((id) => placer.place(newOrder(id))));

    const seqs = await Promise.all(
      orderIds.map(async (id) => (await findOrder(subject.database, id))?.seq),
    );
    expect(seqs).to.deep.equal(orderIds.map((_, i) => i + 1));
  });

  it('gives seq in the order of the calls while groups are on their way, with keys or without', async () => {
    const { database } = subject;
    const placer = createPlacer(database);
    const orderIds = Array.from({ length: 40 }, (_, i) => `o${i}`);
    const placing: Promise<Placement>[] = [];
    for (const [i, orderId] of orderIds.entries()) {
      const idempotency = { key: orderId, fingerprint: '' };
      placing.push(placer.place(newOrder(orderId, i % 2 === 0 ? { idempotency } : {})));
      // Its group is sent.
      await nextTurn();
      await nextTurn();
      if (i % 4 === 3) await Promise.all(placing);
    }
    expect(new Set(await Promise.all(placing))).to.deep.equal(new Set(['placed']));
    const rows = await database.reader.selectFrom('orders').selectAll().orderBy('seq').execute();
    expect(rows.map((row) => row.order_id)).to.deep.equal(orderIds);
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('takes the first of two with the same id, whose groups are both on their way', async () => {
    const placer = createPlacer(subject.database);
    const first = placer.place(newOrder('a', { totalMinor: 1 }));
    await nextTurn();
    const second = placer.place(newOrder('a', { totalMinor: 2 }));
    expect(await Promise.all([first, second])).to.deep.equal(['placed', 'duplicate']);
    expect((await findOrder(subject.database, 'a'))?.totalMinor).to.equal(1);
  });

  it('keeps history and counters of what is placed between duplicates', async () => {
    const { database, clock } = subject;
    const all = Array.from({ length: 80 }, (_, i) => `o${i}`);
    await place(database, ...all.filter((_, i) => i % 7 === 0));
    clock.now += 1000;
    const placements = await place(database, ...all);
    expect(placements).to.deep.equal(all.map((_, i) => (i % 7 === 0 ? 'duplicate' : 'placed')));
    expect((await readHistory(database, 'o79')).map(({ type, at }) => [type, at])).to.deep.equal([
      ['placed', clock.now],
    ]);
    expect((await findOrder(database, 'o79'))?.placedAt).to.equal(clock.now);
    expect(await readMetrics(database)).to.include({ totalOrders: 80, pendingOrders: 80 });
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('places what arrives together in one transaction, each with its own answer', async () => {
    const { clock, database } = subject;
    await place(database, 'taken');
    clock.reads = 0;
    const placer = createPlacer(database);
    const placements = await Promise.all(
      ['a', 'taken', 'b', 'a'].map((id) => placer.place(newOrder(id))),
    );

    expect(placements).to.deep.equal(['placed', 'duplicate', 'placed', 'duplicate']);
    expect(clock.reads).to.equal(1);
  });

  it('tells when everything given so far is on the disk', async () => {
    const placer = createPlacer(subject.database);
    const placing: Promise<Placement>[] = [];
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      placing.push(placer.place(newOrder(id)));
      await nextTurn();
    }
    placing.push(placer.place(newOrder('f')));
    await placer.close();

    expect(await readMetrics(subject.database)).to.include({ pendingOrders: 6 });
    expect(await Promise.all(placing)).to.deep.equal(Array(6).fill('placed'));
  });

  it('rejects every order of a group that could not be written, and takes later ones', async () => {
    const { database } = subject;
    const broken = new Error('no');
    let fail = true;
    const placer = createPlacer({
      ...database,
      phrases: {
        ...database.phrases,
        storable(json) {
          if (fail) throw broken;
          return database.phrases.storable(json);
        },
      },
    });
    // More than travel without JSON.
    const ids = [...'abcdefghi'];
    const outcomes = await Promise.allSettled(ids.map((id) => placer.place(newOrder(id))));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(ids.map(() => 'rejected'));
    expect(await readMetrics(database)).to.include({ totalOrders: 0 });

    fail = false;
    expect(await placer.place(newOrder('a'))).to.equal('placed');
  });
});
