import { expect } from 'chai';

import { findOrder, readMetrics } from '../src/index.ts';
import { newOrder } from './given.ts';
import { describeOnEachKind } from './kinds.ts';
import { placerOfEachTest } from './placers.ts';

describeOnEachKind('a placer that was started', (make) => {
  const given = placerOfEachTest(make);

  it('places what arrives together in its order, each with its own answer', async () => {
    const { database, placer } = given;
    const idempotency = { key: 'key', fingerprint: 'print' };
    await placer.place(newOrder('taken', { idempotency }));
    const placements = await Promise.all([
      ...['b', 'taken', 'a', 'b'].map((id) => placer.place(newOrder(id))),
      placer.place(newOrder('c', { idempotency })),
    ]);
    expect(placements).to.deep.equal(['placed', 'duplicate', 'placed', 'duplicate', 'replayed']);
    const [b, a] = await Promise.all(['b', 'a'].map((id) => findOrder(database, id)));
    expect(b?.seq).to.be.lessThan(a?.seq as number);
    expect(b).to.deep.include({ itemIds: 'item_1,item_2', totalMinor: 9999, status: 'PENDING' });
    expect(await readMetrics(database)).to.include({ totalOrders: 3, pendingOrders: 3 });
  });

  it('tells who watches the commits of this process', async () => {
    const { database, placer } = given;
    let told = 0;
    database.ownWatchers.add(() => {
      told += 1;
    });
    await placer.place(newOrder('a'));
    expect(told).to.be.greaterThan(0);
  });

  it('is closed when everything given so far is on the disk', async () => {
    const { database, placer } = given;
    const placing = Promise.all(['a', 'b'].map((id) => placer.place(newOrder(id))));
    await placer.close();
    expect((await findOrder(database, 'b'))?.status).to.equal('PENDING');
    expect(await placing).to.deep.equal(['placed', 'placed']);
  });
});
