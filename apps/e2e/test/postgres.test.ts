import { cutConnections, kinds } from '@orders/db/testing';
import { expect } from 'chai';

import { eventually, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBodies, orderBody } from '../src/shop.ts';

describe('an order on a PostgreSQL server', () => {
  const service = serviceOfEachTest(kinds.postgres);

  it('is started in its turn, but for what workers claim at the same moment', async () => {
    const url = await service.apiHere();
    const shop = openShop(url, 8);
    await shop.placeAll(orderBodies('o', 400));
    const env = { PROCESSING_TIME_MS: '5', WORKER_CONCURRENCY: '3' };
    await Promise.all([1, 2, 3].map(() => service.worker(env)));
    await eventually(async () => (await shop.metrics()).completed_orders === 400);
    const starts = await service.database.reader
      .selectFrom('order_events')
      .select(['seq', 'worker'])
      .where('type', '=', 'started')
      .orderBy('id')
      .execute();
    expect(starts.map(({ seq }) => seq).toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 400 }, (_, i) => i + 1),
    );
    // What one passes over, another has in hand: it never comes back to an older one.
    for (const worker of new Set(starts.map((start) => start.worker))) {
      const own = starts.filter((start) => start.worker === worker).map(({ seq }) => seq);
      expect(own, `${worker}`).to.deep.equal(own.toSorted((a, b) => a - b));
    }
    shop.close();
  });

  it('is kept and processed when all connections to the server are cut', async () => {
    const [api, worker] = await Promise.all([service.api(), service.worker()]);
    const shop = openShop(api.url, 1);
    await shop.place(orderBody('before'));
    await cutConnections(service.database);
    await worker.logged(({ msg }) => /listening again/.test(String(msg)));
    const placed = await eventually(
      async () => (await shop.place(orderBody('after'))).status === 201,
    );
    expect(placed).to.equal(true);
    await eventually(async () => (await shop.metrics()).completed_orders === 2);
    expect((await fetch(`${api.url}/readyz`)).status).to.equal(200);
    expect(await Promise.all([api.stop(), worker.stop()])).to.deep.equal([0, 0]);
    shop.close();
  });
});
