import { loadContract } from '@orders/contract';
import { expect } from 'chai';

import { type CheckedClient, createCheckedClient } from '../src/checked-client.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';
import { orderBody } from '../src/shop.ts';

describe('the contract, by its typed client and real processes', () => {
  const service = serviceOfEachTest();
  let checked: CheckedClient;
  beforeEach(async () => {
    checked = createCheckedClient((await service.api()).url);
  });
  const idOf = (order_id: string) => ({ params: { path: { order_id } } });

  it('holds for every path that it has', async () => {
    const { client, visited } = checked;
    const placed = await client.POST('/order/', { body: orderBody('a') });
    expect(placed.response.status).to.equal(201);
    expect((await client.POST('/order/', { body: orderBody('a') })).response.status).to.equal(409);
    const broken = { ...orderBody('b'), total_amount: -1 };
    const refused = await client.POST('/order/', { body: broken });
    expect(refused.error?.errors?.[0]).to.include({ pointer: '#/total_amount', code: 'minimum' });
    const batch = await client.POST('/order/batch', { body: { orders: [orderBody('b'), broken] } });
    expect(batch.response.status).to.equal(207);

    const page = await client.GET('/order/', {
      params: { query: { status: 'Pending', limit: 1 } },
    });
    expect(page.data).to.include({ has_more: true });
    const pending = await client.GET('/order/{order_id}', idOf('b'));
    expect(pending.data).to.include({ status: 'Pending', queue_position: 2 });
    const ETag = pending.response.headers.get('ETag') ?? '';
    const unchanged = await client.GET('/order/{order_id}', {
      params: { path: { order_id: 'b' }, header: { 'If-None-Match': ETag } },
    });
    expect(unchanged.response.status).to.equal(304);
    const unknown = await client.GET('/order/{order_id}', idOf('nobody'));
    expect(unknown.error?.type).to.equal('/problems/order-not-found');

    const cancelled = await client.POST('/order/{order_id}/cancel', idOf('b'));
    expect(cancelled.data?.status).to.equal('Cancelled');
    expect((await client.POST('/order/{order_id}/retry', idOf('b'))).data?.status).to.equal(
      'Pending',
    );
    expect((await client.POST('/order/{order_id}/retry', idOf('b'))).response.status).to.equal(409);

    await service.worker({ PROCESSING_TIME_MS: '20' });
    const done = await client.GET('/order/{order_id}', {
      params: { path: { order_id: 'b' }, query: { wait: 20 } },
    });
    expect(done.data?.status).to.equal('Completed');
    const late = await client.POST('/order/{order_id}/cancel', idOf('b'));
    expect(late.error?.type).to.equal('/problems/order-not-cancellable');
    const history = await client.GET('/order/{order_id}/events', idOf('b'));
    expect(history.data).to.have.property('events').with.length(5);
    const feed = await client.GET('/events', { params: { query: { type: ['order.completed'] } } });
    expect(feed.data).to.have.property('events').with.length(2);

    const metrics = await eventually(async () => {
      const { data } = await client.GET('/metrics/');
      return typeof data === 'object' && data.completed_orders === 2 && data;
    });
    expect(metrics).to.include({ total_orders: 2, cancelled_orders: 0 });
    const queue = await client.GET('/queue');
    expect(queue.data).to.deep.include({ oldest_pending: null });
    expect(queue.data?.workers).to.have.length(1);
    const figures = await client.GET('/metrics/prometheus', { parseAs: 'text' });
    expect(figures.data).to.match(/^# HELP/m);
    const problem = await client.GET('/problems/{code}', {
      params: { path: { code: 'order-exists' } },
      headers: { Accept: 'application/json' },
    });
    expect(problem.response.status).to.equal(200);
    expect((await client.GET('/livez')).data?.status).to.equal('ok');
    expect((await client.GET('/readyz')).data?.status).to.equal('ok');
    await client.GET('/docs', { parseAs: 'text' });
    await client.GET('/', { redirect: 'manual', parseAs: 'text' });
    await client.GET('/dashboard', { parseAs: 'text' });
    await client.GET('/openapi.yaml', { parseAs: 'text' });
    await client.GET('/openapi.json');

    const { paths } = loadContract().document;
    const all = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    expect([...visited].toSorted()).to.deep.equal(all.toSorted());
  });
});
