import { closeDatabase, type Database, openDatabase, placeOrders } from '@orders/db';
import { kinds, type OwnDatabase } from '@orders/db/testing';
import { expect } from 'chai';
import { type Backlog, createBacklog } from '../../src/limits/backlog.ts';
import { expectNoErrors, expectProblem, order } from '../expectations.ts';
import { type Service, startService } from '../service.ts';

describe('with as many orders pending as may be', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService(undefined, undefined, { mostPending: 3 });
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });

  const place = (order_id: string) => service.place({ ...order, order_id });
  const placeUnder = (key: string, order_id: string) =>
    service.send('/order/', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
      body: JSON.stringify({ ...order, order_id }),
    });
  const placeBatch = (orderIds: string[], type = 'application/json') => {
    const orders = orderIds.map((order_id) => ({ ...order, order_id }));
    const lines = orders.map((one) => `${JSON.stringify(one)}\n`).join('');
    return service.send('/order/batch', {
      method: 'POST',
      headers: { 'Content-Type': type },
      body: type === 'application/json' ? JSON.stringify({ orders }) : lines,
    });
  };

  it('takes no more, until there is room again', async () => {
    for (const id of ['1', '2', '3']) expect((await place(id)).status).to.equal(201);
    const refused = await place('4');
    expectProblem(refused, 'queue-full', '3 orders are pending');
    expect(refused.headers['retry-after']).to.equal('5');
    expectProblem(await placeBatch(['4']), 'queue-full');
    const lines = await placeBatch(['4'], 'application/x-ndjson');
    expect(JSON.parse(lines.text)).to.include({ type: '/problems/queue-full', status: 503 });
    expect((await service.send('/order/1')).status).to.equal(200);

    expect((await service.send('/order/1/cancel', { method: 'POST' })).status).to.equal(200);
    expect((await place('4')).status).to.equal(201);
    expectProblem(await place('5'), 'queue-full');
  });

  it('tells of an order that was accepted before all the same', async () => {
    expect((await placeUnder('k1', '1')).status).to.equal(201);
    for (const id of ['2', '3']) expect((await place(id)).status).to.equal(201);
    const again = await placeUnder('k1', '1');
    expect([again.status, again.headers['idempotent-replayed']]).to.deep.equal([201, 'true']);
    expectProblem(await placeUnder('k1', '4'), 'idempotency-key-reused');
    expectProblem(await placeUnder('k2', '2'), 'order-exists');
    expectProblem(await place('3'), 'order-exists');
    expectProblem(await placeUnder('k2', '4'), 'queue-full');
    expect(await service.placed()).to.have.length(3);
  });
});

describe('the backlog', () => {
  let own: OwnDatabase;
  let database: Database;
  let counts: number;
  let now: number;
  let backlog: (mostPending: number) => Backlog;
  beforeEach(async () => {
    own = await kinds.sqlite();
    const opened = await openDatabase(own.url);
    counts = 0;
    now = 0;
    const reader = new Proxy(opened.reader, {
      get(target, name) {
        if (name === 'transaction') counts += 1;
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    database = { ...opened, reader };
    backlog = (mostPending) => createBacklog(database, mostPending, () => now);
  });
  afterEach(async () => {
    await closeDatabase(database);
    await own.destroy();
  });

  let placed = 0;
  async function place(orders: number): Promise<void> {
    const toPlace = Array.from({ length: orders }, () => {
      placed += 1;
      const names = { orderId: `${placed}`, userId: 'u', itemIds: 'i', requestId: 'r' };
      return { ...names, totalMinor: 1, currency: 'USD' };
    });
    await placeOrders(database, toPlace);
  }
  const statusOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'placed',
      (error) => error.code,
    );

  it('is kept by those who come at the same moment, too', async () => {
    const { admit } = backlog(5);
    const all = Array.from({ length: 20 }, () => statusOf(admit(1, () => place(1))));
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((outcome) => outcome === 'placed')).to.have.length(5);
    expect(new Set(outcomes)).to.deep.equal(new Set(['placed', 'queue-full']));
  });

  it('takes many together, or none of them', async () => {
    const { admit } = backlog(5);
    expect(await statusOf(admit(4, () => place(4)))).to.equal('placed');
    expect(await statusOf(admit(2, () => place(2)))).to.equal('queue-full');
    expect(await statusOf(admit(1, () => place(1)))).to.equal('placed');
  });

  it('is counted once a second while there is plenty of room', async () => {
    const { admit } = backlog(1000);
    for (let i = 0; i < 50; i += 1) await admit(1, () => place(1));
    expect(counts).to.equal(1);
    now += 1001;
    await admit(1, () => place(1));
    expect(counts).to.equal(2);
  });

  it('has room again for what could not be placed', async () => {
    const { admit } = backlog(1);
    const failed = admit(1, () => Promise.reject(Object.assign(new Error(), { code: 'failed' })));
    expect(await statusOf(failed)).to.equal('failed');
    expect(await statusOf(admit(1, () => place(1)))).to.equal('placed');
  });
});
