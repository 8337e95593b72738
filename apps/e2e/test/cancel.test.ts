import { join } from 'node:path';
import type { OrdersClient } from '@orders/contract';
import { readHistory, readMetrics } from '@orders/db';
import { expect } from 'chai';

import { createCheckedClient } from '../src/checked-client.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';
import { orderBody } from '../src/shop.ts';

const processor = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');

// On one kind of database: what differs between them is tested with the suites of packages/db.
describe('cancelling over HTTP', () => {
  const service = serviceOfEachTest();
  let client: OrdersClient;

  const place = (orderId: string) => client.POST('/order/', { body: orderBody(orderId) });
  const of = (order_id: string) => ({ params: { path: { order_id } } });
  const cancel = async (orderId: string, reason?: string) => {
    const body = reason === undefined ? {} : { body: { reason } };
    const { data, error, response } = await client.POST('/order/{order_id}/cancel', {
      ...{ ...of(orderId), ...body },
    });
    return { status: response.status, order: data, error };
  };
  const read = async (orderId: string) => (await client.GET('/order/{order_id}', of(orderId))).data;
  const reached = (orderId: string, status: string) =>
    eventually(async () => {
      const order = await read(orderId);
      return order?.status === status && order;
    });
  const types = async (orderId: string) =>
    (await readHistory(service.database, orderId)).map(({ type }) => type);

  it('stops a running order promptly and a pending one at once, and both can be retried', async () => {
    const api = await service.api();
    client = createCheckedClient(api.url).client;
    const worker = await service.worker({ PROCESSOR: processor, LOG_LEVEL: 'debug' });
    await place('heed:running');
    await place('heed:pending');
    await reached('heed:running', 'Processing');

    const pending = await cancel('heed:pending', 'a whim');
    expect([pending.status, pending.order?.status]).to.deep.equal([200, 'Cancelled']);
    const askedAt = performance.now();
    const running = await cancel('heed:running', 'a whim');
    expect([running.status, running.order?.status]).to.deep.equal([202, 'Processing']);
    expect(running.order?.cancel_requested_at).to.be.a('string');
    await reached('heed:running', 'Cancelled');
    // Well below a heartbeat, which comes each five seconds, and below the slow poll.
    expect(performance.now() - askedAt).to.be.below(500);
    await worker.logged((line) => line.msg === 'order cancelled' && line.attempt === 1);
    const { data: metrics } = await client.GET('/metrics/');
    expect(metrics).to.include({ total_orders: 2, cancelled_orders: 2, processing_orders: 0 });

    for (const orderId of ['heed:running', 'heed:pending']) {
      const retried = await client.POST('/order/{order_id}/retry', of(orderId));
      expect(retried.data).to.include({ status: 'Pending', attempts: 0 });
      const again = await client.POST('/order/{order_id}/retry', of(orderId));
      expect(again.error).to.include({ type: '/problems/order-not-retryable', status: 409 });
      await reached(orderId, 'Processing');
      await cancel(orderId);
      await reached(orderId, 'Cancelled');
    }
    expect(await types('heed:running')).to.deep.equal([
      ...['placed', 'started', 'cancel_requested', 'cancelled'],
      ...['retried', 'started', 'cancel_requested', 'cancelled'],
    ]);
    expect(await worker.stop()).to.equal(0);
  });

  it('is answered with 409 once an order is completed', async () => {
    client = createCheckedClient(await service.apiHere()).client;
    await service.worker({ PROCESSING_TIME_MS: '0' });
    await place('a');
    await reached('a', 'Completed');
    const { error } = await cancel('a');
    expect(error).to.include({
      ...{ type: '/problems/order-not-cancellable', status: 409, current_status: 'Completed' },
    });
  });

  it('holds when the worker is killed before it could give up', async () => {
    client = createCheckedClient(await service.apiHere()).client;
    const env = { LEASE_MS: '600', PROCESSOR: processor };
    const victim = await service.worker(env);
    await place('never:1');
    await reached('never:1', 'Processing');
    await service.worker(env);
    expect((await cancel('never:1')).status).to.equal(202);
    victim.signal('SIGKILL');

    expect(await reached('never:1', 'Cancelled')).to.include({ attempts: 0, last_error: null });
    expect(await types('never:1')).to.deep.equal([
      ...['placed', 'started', 'cancel_requested', 'cancelled'],
    ]);
  });

  it('ends each order as one of the two while a worker completes them', async () => {
    client = createCheckedClient(await service.apiHere()).client;
    await service.worker({ PROCESSING_TIME_MS: '3', WORKER_CONCURRENCY: '4' });
    const orderIds = Array.from({ length: 200 }, (_, i) => `o${i}`);
    const answers = new Map<string, Awaited<ReturnType<typeof cancel>>>();
    for (const orderId of orderIds) {
      await place(orderId);
      answers.set(orderId, await cancel(orderId));
    }
    const metrics = await eventually(async () => {
      const read = await readMetrics(service.database);
      return read.pendingOrders + read.processingOrders === 0 && read;
    });

    const endedAs = { Completed: 0, Cancelled: 0 };
    for (const orderId of orderIds) {
      const order = await read(orderId);
      const { status, error } = answers.get(orderId) ?? {};
      const last = (await types(orderId)).at(-1);
      if (order?.status === 'Completed') {
        endedAs.Completed += 1;
        expect([status, last]).to.deep.be.oneOf([
          [202, 'completed'],
          [409, 'completed'],
        ]);
      } else {
        endedAs.Cancelled += 1;
        expect([status, order?.status, last, error]).to.deep.be.oneOf([
          ...[[200, 'Cancelled', 'cancelled', undefined]],
          ...[[202, 'Cancelled', 'cancelled', undefined]],
        ]);
      }
    }
    expect(metrics).to.include({
      ...{ totalOrders: 200, completedOrders: endedAs.Completed },
      cancelledOrders: endedAs.Cancelled,
    });
  });
});
