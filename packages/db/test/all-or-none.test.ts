import { expect } from 'chai';

import { findOrder, placeAllOrNone, readHistory, readMetrics } from '../src/index.ts';
import { onEveryDatabase } from './databases.ts';
import { newOrder, place } from './given.ts';

onEveryDatabase('placing all orders or none', (subject) => {
  it('places all in one transaction, in their order', async () => {
    const { clock, database } = subject;
    const orders = Array.from({ length: 10_000 }, (_, i) => newOrder(`o${10_000 - i}`));
    const outcomes = await placeAllOrNone(database, orders);

    expect(new Set(outcomes)).to.deep.equal(new Set(['placed']));
    expect(clock.reads).to.equal(1);
    for (const i of [0, 1, 5000, 9999]) {
      expect((await findOrder(database, `o${10_000 - i}`))?.seq).to.equal(i + 1);
    }
    expect(await readMetrics(database)).to.include({ totalOrders: 10_000, pendingOrders: 10_000 });
  });

  it('places none when an id is taken, or comes twice, and tells which', async () => {
    const { database } = subject;
    await place(database, 'taken');
    const orders = ['a', 'taken', 'b', 'a'].map((id) => newOrder(id));
    expect(await placeAllOrNone(database, orders)).to.deep.equal([
      ...['skipped', 'duplicate', 'skipped', 'duplicate'],
    ]);
    expect(await findOrder(database, 'a')).to.equal(undefined);
    expect(await readHistory(database, 'a')).to.deep.equal([]);
    expect(await readMetrics(database)).to.include({ totalOrders: 1, pendingOrders: 1 });
    expect(await place(database, 'a')).to.deep.equal(['placed']);
  });
});
