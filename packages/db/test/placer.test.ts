import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';

import type { Database, NewOrder, Placement } from '../src/index.ts';
import { createPlacer } from '../src/placer.ts';
import { newOrder } from './given.ts';

describe('a placer', () => {
  const database = { placeAtOnce: null } as Database;
  let given: { ids: string[]; done(): void }[];

  /** Notes what it is given, and is done with it when it is told to be. */
  const writer = (tookMs: number | undefined) => ({
    tookMs,
    check: async () => {},
    place(orders: readonly NewOrder[]) {
      const placed = Promise.withResolvers<Placement[]>();
      const done = () => placed.resolve(orders.map(() => 'placed'));
      given.push({ ids: orders.map(({ orderId }) => orderId), done });
      return placed.promise;
    },
  });
  const groups = () => given.map(({ ids }) => ids.join(''));

  beforeEach(() => {
    given = [];
  });

  for (const tookMs of [undefined, 60_000]) {
    it(`collects what comes in one turn for a writer that takes ${tookMs} ms`, async () => {
      const placer = createPlacer(database, writer(tookMs));
      const placing = [...'abc'].map((id) => placer.place(newOrder(id)));
      expect(groups()).to.deep.equal([]);
      await nextTurn();
      expect(groups()).to.deep.equal(['abc']);
      given[0]?.done();
      expect(await Promise.all(placing)).to.deep.equal(['placed', 'placed', 'placed']);
    });
  }

  it('gives what it has to one that takes less time than there was for collecting', async () => {
    const placer = createPlacer(database, writer(-1));
    const placing = [...'abc'].map((id) => placer.place(newOrder(id)));
    expect(groups()).to.deep.equal(['a']);
    await nextTurn();
    expect(groups()).to.deep.equal(['a']);
    given[0]?.done();
    expect(await placing[0]).to.equal('placed');
    await nextTurn();
    expect(groups()).to.deep.equal(['a', 'bc']);
    given[1]?.done();
    await placer.close();
    expect(await Promise.all(placing)).to.deep.equal(['placed', 'placed', 'placed']);
  });
});
