import { expect } from 'chai';

import { createPlacer, findOrder, placeOrders, readHistory, readMetrics } from '../src/index.ts';
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
    const placing = placer.place(newOrder('a'));
    await placer.close();

    expect((await findOrder(subject.database, 'a'))?.status).to.equal('PENDING');
    expect(await placing).to.equal('placed');
  });

  it('rejects every order of a group that could not be written, and takes later ones', async () => {
    const { database } = subject;
    const broken = new Error('no');
    let fail = true;
    const placer = createPlacer({
      ...database,
      startOf(trx) {
        if (fail) throw broken;
        return database.startOf(trx);
      },
    });
    const outcomes = await Promise.allSettled(['a', 'b'].map((id) => placer.place(newOrder(id))));
    expect(outcomes.map((outcome) => outcome.status)).to.deep.equal(['rejected', 'rejected']);
    expect(await readMetrics(database)).to.include({ totalOrders: 0 });

    fail = false;
    expect(await placer.place(newOrder('a'))).to.equal('placed');
  });
});
