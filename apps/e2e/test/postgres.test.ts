import { cutConnections, kinds } from '@orders/db/testing';
import { expect } from 'chai';

import { eventually, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBodies, orderBody } from '../src/shop.ts';

describe('an order on a PostgreSQL server', function () {
  this.timeout(60_000);
  const service = serviceOfEachTest(kinds.postgres);

  it('is started in its turn, but for what workers claim at the same moment, in milliseconds', async () => {
    const env = { PROCESSING_TIME_MS: '5', WORKER_CONCURRENCY: '3' };
    const [api] = await Promise.all([service.api(), ...[1, 2, 3].map(() => service.worker(env))]);
    const shop = openShop(api.url, 8);
    await shop.placeAll(orderBodies('o', 400));
    await eventually(async () => (await shop.metrics()).completed_orders === 400);
    const starts = await service.database.reader
      .selectFrom('order_events')
      .select('seq')
      .where('type', '=', 'started')
      .orderBy('id')
      .execute();
    const seqs = starts.map(({ seq }) => seq);
    expect(seqs.toSorted((a, b) => a - b)).to.deep.equal(
      Array.from({ length: 400 }, (_, i) => i + 1),
    );
    // Two others may each have as many in hand before they say so.
    for (const [i, seq] of seqs.entries()) expect(Math.abs(seq - 1 - i), `${seq}`).to.be.at.most(6);

    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      await shop.place(orderBody(`idle-${i}`));
      const order = await eventually(async () => {
        const { body } = await shop.get(`idle-${i}`);
        return body.status === 'Completed' && body;
      });
      waits.push(Date.parse(String(order.started_at)) - Date.parse(String(order.placed_at)));
    }
    // The slow poll alone would make it half a second.
    expect(waits.toSorted((a, b) => a - b)[10]).to.be.below(50);
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
