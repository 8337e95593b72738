import { setTimeout as sleep } from 'node:timers/promises';
import { findOrder, readHistory } from '@orders/db';
import { expect } from 'chai';

import { cpuMs, hasProc } from '../src/proc.ts';
import { eventually, onEveryDatabase, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBodies, orderBody } from '../src/shop.ts';

onEveryDatabase('an order', (service) => {
  it('takes two seconds with the settings as they come, and the metrics say so', async () => {
    const [api] = await Promise.all([service.api(), service.worker()]);
    const shop = openShop(api.url, 1);
    expect(await shop.place(orderBody('123'))).to.deep.equal({
      status: 201,
      body: { message: 'Order placed successfully', order_id: '123' },
    });
    const order = await eventually(async () => {
      const { body } = await shop.get('123');
      return body.status === 'Completed' && body;
    });

    const took = Date.parse(String(order.completed_at)) - Date.parse(String(order.started_at));
    expect(took).to.be.within(2000, 2100);
    const waited = Date.parse(String(order.started_at)) - Date.parse(String(order.placed_at));
    // Well below the slow poll.
    expect(waited).to.be.below(250);
    expect(await shop.metrics()).to.include({
      ...{ total_orders: 1, pending_orders: 0, processing_orders: 0, completed_orders: 1 },
      ...{ avg_processing_time_sec: took / 1000, active_workers: 1 },
    });
    shop.close();
  });

  it('carries its request id into the log of the worker', async () => {
    const [api, worker] = await Promise.all([
      service.api(),
      service.worker({ PROCESSING_TIME_MS: '0' }),
    ]);
    const answer = await fetch(`${api.url}/order/`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Request-Id': 'traced-1' },
      body: JSON.stringify(orderBody('123')),
    });
    expect(answer.headers.get('x-request-id')).to.equal('traced-1');

    const line = await worker.logged(({ msg }) => msg === 'order completed');
    expect(line).to.include({ order_id: '123', request_id: 'traced-1', attempt: 1 });
    expect(await api.logged(({ order_id }) => order_id === '123')).to.include({
      request_id: 'traced-1',
    });
  });

  it('is accepted once, of sixteen clients and two API processes at the same moment', async () => {
    const apis = await Promise.all([service.api(), service.api()]);
    for (let round = 0; round < 10; round++) {
      const shops = Array.from({ length: 16 }, (_, i) => openShop(apis[i % 2]?.url as string, 1));
      const replies = await Promise.all(
        shops.map((shop) => shop.place(orderBody(`same-${round}`))),
      );
      expect(replies.map(({ status }) => status).toSorted()).to.deep.equal([
        201,
        ...Array.from({ length: 15 }, () => 409),
      ]);
      for (const shop of shops) shop.close();
      expect(await readHistory(service.database, `same-${round}`)).to.have.length(1);
    }
  });

  it('is finished by a worker that is told to stop meanwhile', async () => {
    const url = await service.apiHere();
    const worker = await service.worker({ LOG_LEVEL: 'debug' });
    const shop = openShop(url, 1);
    await shop.place(orderBody('in-hand'));
    await worker.logged(({ msg }) => msg === 'order started');
    await shop.place(orderBody('next'));

    expect(await worker.stop()).to.equal(0);
    expect(await findOrder(service.database, 'in-hand')).to.include({ status: 'COMPLETED' });
    expect(await findOrder(service.database, 'next')).to.include({ status: 'PENDING' });
    shop.close();
  });

  it('costs an idle worker no measurable CPU to wait for', async function () {
    if (!hasProc) this.skip();
    const worker = await service.worker();
    // What the start has left to do is over when nothing was used for half a second.
    await eventually(async () => {
      const before = cpuMs(worker);
      await sleep(500);
      return cpuMs(worker) === before;
    });
    const before = cpuMs(worker);
    await sleep(3000);
    expect(cpuMs(worker) - before).to.be.at.most(60);
  });

  it('is handed back, its attempt unspent, when it takes longer than the grace', async () => {
    const url = await service.apiHere();
    const worker = await service.worker({ SHUTDOWN_GRACE_MS: '100', LOG_LEVEL: 'debug' });
    const shop = openShop(url, 1);
    await shop.place(orderBody('a'));
    await worker.logged(({ msg }) => msg === 'order started');

    expect(await worker.stop()).to.equal(0);
    expect(await findOrder(service.database, 'a')).to.include({ status: 'PENDING', attempts: 0 });
    const history = await readHistory(service.database, 'a');
    expect(history.map(({ type }) => type)).to.deep.equal(['placed', 'started', 'released']);
    shop.close();
  });

  it('is started within milliseconds when nothing else is to be done', async () => {
    const env = { PROCESSING_TIME_MS: '5' };
    const [url] = await Promise.all([service.apiHere(), service.worker(env)]);
    const shop = openShop(url, 1);
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
});

describe('an order in a SQLite file', () => {
  const service = serviceOfEachTest();

  it('stays with its worker when all of them stand still for longer than a lease', async () => {
    const url = await service.apiHere();
    const env = { LEASE_MS: '3000', PROCESSING_TIME_MS: '300', LOG_LEVEL: 'debug' };
    const workers = await Promise.all([service.worker(env), service.worker(env)]);
    const shop = openShop(url, 1);
    for (const orderId of ['a', 'b']) await shop.place(orderBody(orderId));
    await Promise.all(workers.map((one) => one.logged(({ msg }) => msg === 'order started')));
    for (const one of workers) one.signal('SIGSTOP');
    await eventually(async () => (await shop.metrics()).active_workers === 0);
    // The first to go on finds that the other's lease has run out, and has time for an order more.
    await shop.place(orderBody('c'));
    workers[0]?.signal('SIGCONT');
    await workers[0]?.logged(({ msg, order_id }) => msg === 'order completed' && order_id === 'c');
    workers[1]?.signal('SIGCONT');
    await eventually(async () => (await shop.metrics()).completed_orders === 3);
    for (const orderId of ['a', 'b', 'c']) {
      const history = await readHistory(service.database, orderId);
      expect(history.map(({ type }) => type)).to.deep.equal(['placed', 'started', 'completed']);
    }
    shop.close();
  });

  it('is started in its turn, by however many worker processes', async () => {
    const env = { PROCESSING_TIME_MS: '5', WORKER_CONCURRENCY: '3' };
    const [url] = await Promise.all([
      service.apiHere(),
      ...[1, 2, 3].map(() => service.worker(env)),
    ]);
    const shop = openShop(url, 8);
    await shop.placeAll(orderBodies('o', 400));
    await eventually(async () => (await shop.metrics()).completed_orders === 400);
    const starts = await service.database.reader
      .selectFrom('order_events')
      .select('seq')
      .where('type', '=', 'started')
      .orderBy('id')
      .execute();
    const seqs = starts.map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
    expect(seqs).to.have.length(400);
    shop.close();
  });

  it('that cannot be handed back makes its worker say so, with status 1', async () => {
    const url = await service.apiHere();
    const worker = await service.worker({ SHUTDOWN_GRACE_MS: '100', LOG_LEVEL: 'debug' });
    const shop = openShop(url, 1);
    await shop.place(orderBody('a'));
    await worker.logged(({ msg }) => msg === 'order started');
    const { promise: locked, resolve: unlock } = Promise.withResolvers<void>();
    const lock = service.database.writer.transaction().execute(() => locked);

    expect(await worker.stop()).to.equal(1);
    expect(worker.lines.at(-1)).to.include({ msg: 'could not stop in order' });
    unlock();
    await lock;
    expect(await findOrder(service.database, 'a')).to.include({ status: 'PROCESSING' });
    shop.close();
  });
});
