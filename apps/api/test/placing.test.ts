import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
import { onEveryDatabase, type Service } from './service.ts';

onEveryDatabase('placing an order', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.reset();
  });

  it('answers 201 with the id, and where the order can be read', async () => {
    const answer = await service.place(order);
    expect(answer.status).to.equal(201);
    expect(answer.json).to.deep.equal({
      message: 'Order placed successfully',
      order_id: '123',
    });
    expect(answer.headers.location).to.equal('/order/123');
    const read = await service.send('/order/123');
    expect(read.status).to.equal(200);
    expect(read.json).to.include({ ...order, status: 'Pending', currency: 'USD', attempts: 0 });
    expect(read.json.placed_at).to.equal('2026-01-05T09:30:00.120Z');
  });

  it('hands on minor units, the default currency and the request id', async () => {
    const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'r-1' };
    await service.send('/order', { method: 'POST', headers, body: JSON.stringify(order) });
    const [placed] = await service.placed();
    expect(placed).to.include({
      ...{ order_id: '123', user_id: 'user_1', item_ids: 'item_1,item_2' },
      ...{ total_minor: 3480, currency: 'USD', request_id: 'r-1' },
    });
  });

  it('refuses an id that was accepted before and changes nothing', async () => {
    await service.place(order);
    const again = await service.place({ ...order, total_amount: 1 });
    expectProblem(again, 'order-exists', 'Order ID already exists');
    expect((await service.placed()).map((row) => row.total_minor)).to.deep.equal([3480]);
  });

  const totals = [34.8, 8.95, 1.1, 168469.6, 0.38, 0, 1_000_000_000, 99.99, 999_999_999.99];
  for (const total of totals) {
    it(`gives a total of ${total} back as it was sent`, async () => {
      expect((await service.place({ ...order, total_amount: total })).status).to.equal(201);
      expect((await service.send('/order/123')).json.total_amount).to.equal(total);
    });
  }

  for (const [currency, total] of [
    ['JPY', 3480],
    ['KWD', 1.234],
    ['CLF', 1.2345],
  ] as const) {
    it(`takes ${total} ${currency}`, async () => {
      expect((await service.place({ ...order, currency, total_amount: total })).status).to.equal(
        201,
      );
      const read = await service.send('/order/123');
      expect(read.json).to.include({ currency, total_amount: total });
    });
  }

  it('takes items as a list, and drops spaces around them', async () => {
    await service.place({ ...order, item_ids: [' item_1', 'BANK CHARGES '] });
    await service.place({ ...order, order_id: '124', item_ids: ' item_1 , BANK CHARGES' });
    const joined = 'item_1,BANK CHARGES';
    expect((await service.placed()).map((row) => row.item_ids)).to.deep.equal([joined, joined]);
    expect((await service.send('/order/123')).json.item_ids).to.equal(joined);
  });

  it('takes as many and as long items as the contract allows', async () => {
    const many = Array.from({ length: 2000 }, (_, i) => `${i}`);
    const long = [...Array.from({ length: 252 }, () => '😀'.repeat(64)), 'x'];
    const lists = [many, many.join(','), long, long.join(',')];
    for (const [i, item_ids] of lists.entries()) {
      const answer = await service.place({ ...order, order_id: `o${i}`, item_ids });
      expect(answer.status, answer.text).to.equal(
        Buffer.byteLength(`${item_ids}`) > 65000 ? 413 : 201,
      );
    }
  });

  it('takes the whole breadth of ids', async () => {
    const ids = { order_id: `A-2026.01:7_${'x'.repeat(116)}`, user_id: 'jo|x+1@example.org' };
    const answer = await service.place({ ...order, ...ids });
    expect(answer.status).to.equal(201);
    expect(answer.headers.location).to.equal(`/order/${ids.order_id}`);
    const read = await service.send(`/order/${encodeURIComponent(ids.order_id)}`);
    expect(read.json).to.include(ids);
  });

  it('takes JSON that is compressed, and JSON with a byte order mark', async () => {
    const [a = '', b = '', c = '', marked] = ['a', 'b', 'c', 'd'].map((order_id) =>
      JSON.stringify({ ...order, order_id }),
    );
    for (const [body, more] of [
      [gzipSync(a), { 'Content-Encoding': 'gzip' }],
      [deflateSync(b), { 'Content-Encoding': 'deflate' }],
      [brotliCompressSync(c), { 'Content-Encoding': 'BR' }],
      [`\ufeff${marked}`, {}],
    ] as const) {
      const sent = {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...more },
        body,
      };
      expect((await service.send('/order/', sent)).status).to.equal(201);
    }
  });

  it('takes JSON whatever else its media type says', async () => {
    const types = ['application/json; charset=UTF-8', 'APPLICATION/JSON;x=1'];
    const spellings = ['application/json;charset="utf-8"', 'application/json; x=1; charset=utf8'];
    for (const [i, type] of [...types, ...spellings].entries()) {
      const body = JSON.stringify({ ...order, order_id: `o${i}` });
      const sent = { method: 'POST', headers: { 'Content-Type': type }, body };
      expect((await service.send('/order/', sent)).status).to.equal(201);
    }
  });
});
