import { setTimeout as sleep } from 'node:timers/promises';
import { readMetrics } from '@orders/db';
import { startTemporaryPostgres, type TemporaryPostgres } from '@orders/temporary-postgres';
import { expect } from 'chai';

import { eventually, freePort, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBody } from '../src/shop.ts';

describe('a PostgreSQL server that is killed, and its processes with it', function () {
  this.timeout(60_000);
  let server: TemporaryPostgres;
  const service = serviceOfEachTest(async () => {
    server = await startTemporaryPostgres({ durable: true, own: true });
    const { url } = await server.createDatabase();
    return { url, destroy: server.stop };
  });

  const statusOf = (url: string) =>
    fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      ({ status }) => status,
      () => 0,
    );

  /** Asks until it is told to stop, and remembers all that was not 200. */
  function watch(url: string) {
    const bad: number[] = [];
    let over = false;
    const watching = (async () => {
      while (!over) {
        const status = await statusOf(url);
        if (status !== 200) bad.push(status);
        await sleep(20);
      }
    })();
    return async () => {
      over = true;
      await watching;
      return bad;
    };
  }

  it('loses nothing that was answered with 201, and completes nothing twice', async () => {
    const PORT = await freePort();
    const work = { WORKER_CONCURRENCY: '10', PROCESSING_TIME_MS: '20', LEASE_MS: '1500' };
    let [api, victim] = await Promise.all([service.api({ PORT }), service.worker(work)]);
    const survivor = await service.worker(work);
    expect(api.lines.filter(({ level }) => level === 'warn')).to.deep.equal([]);
    const readyz = () => statusOf(`${api.url}/readyz`);

    const accepted = new Set<string>();
    let placing = true;
    let number = 0;
    const shop = openShop(api.url, 8);
    const clients = Array.from({ length: 8 }, async () => {
      while (placing) {
        const order = orderBody(`o${number++}`);
        const { status } = await shop.place(order).catch(() => ({ status: 0 }));
        if (status === 201) accepted.add(order.order_id);
        else await sleep(20);
      }
    });
    const accept = (more: number) => {
      const enough = accepted.size + more;
      return eventually(async () => accepted.size >= enough);
    };

    await accept(200);
    const endWatch = watch(`${api.url}/livez`);
    server.kill();
    await eventually(async () => (await readyz()) === 503);
    for (let i = 0; i < 5; i++) expect(await readyz()).to.equal(503);
    await server.revive();
    await eventually(async () => (await readyz()) === 200);
    await accept(200);
    expect(await endWatch(), '/livez').to.deep.equal([]);

    server.kill();
    for (const one of [api, victim]) one.signal('SIGKILL');
    await Promise.all([api.ended, victim.ended]);
    [api] = await Promise.all([service.api({ PORT }), server.revive()]);
    await accept(200);
    placing = false;
    await Promise.all(clients);
    shop.close();

    await eventually(async () => {
      const metrics = await readMetrics(service.database);
      return metrics.completedOrders === metrics.totalOrders;
    });
    const { reader } = service.database;
    const orders = await reader.selectFrom('orders').select(['seq', 'order_id']).execute();
    expect(orders.map(({ order_id }) => order_id)).to.include.members([...accepted]);
    const completed = await reader
      .selectFrom('order_events')
      .select('seq')
      .where('type', '=', 'completed')
      .orderBy('seq')
      .execute();
    expect(completed).to.deep.equal(
      orders.map(({ seq }) => ({ seq })).toSorted((a, b) => a.seq - b.seq),
    );
    expect(await Promise.all([api.stop(), survivor.stop()])).to.deep.equal([0, 0]);
  });
});
