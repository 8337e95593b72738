import { expect } from 'chai';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { type Answer, onEveryDatabase, type Service } from './service.ts';

onEveryDatabase('the list of orders', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(() => {
    expectNoErrors(service.lines);
    return service.reset();
  });

  async function place(...ids: string[]): Promise<void> {
    for (const [i, order_id] of ids.entries()) {
      await service.place({ ...order, order_id, user_id: `user_${i % 2}` });
    }
  }
  const idsIn = (answer: Answer) =>
    answer.json.data.map(({ order_id }: { order_id: string }) => order_id);

  it('is empty at first, with and without the slash', async () => {
    for (const path of ['/order', '/order/']) {
      const { status, json, headers } = await service.send(path);
      expect({ status, json }).to.deep.equal({
        status: 200,
        json: { data: [], has_more: false, next_cursor: null },
      });
      expect(headers).to.not.have.property('link');
    }
  });

  it('shows orders as they are read one by one, without their place in the queue', async () => {
    await place('a');
    const { queue_position, estimated_start_at, ...one } = (await service.send('/order/a')).json;
    expect((await service.send('/order/')).json.data).to.deep.equal([one]);
    expect([queue_position, estimated_start_at]).to.deep.equal([1, null]);
  });

  it('goes on where the cursor says, and where the link leads', async () => {
    await place('a', 'b', 'c', 'd', 'e');
    const first = await service.send('/order/?limit=2');
    expect(idsIn(first)).to.deep.equal(['e', 'd']);
    expect(first.json.has_more).to.equal(true);
    const link = /^<([^>]+)>; rel="next"$/.exec(`${first.headers.link}`)?.[1] as string;
    const second = await service.send(link);
    expect(idsIn(second)).to.deep.equal(['c', 'b']);
    const third = await service.send(`/order/?limit=9&cursor=${second.json.next_cursor}`);
    expect(idsIn(third)).to.deep.equal(['a']);
    expect(third.json).to.include({ has_more: false, next_cursor: null });
  });

  it('has 20 orders to a page unless told otherwise', async () => {
    await place(...Array.from({ length: 21 }, (_, i) => `o${i}`));
    expect(idsIn(await service.send('/order/'))).to.have.length(20);
    expect(idsIn(await service.send('/order/?limit=100'))).to.have.length(21);
  });

  it('lets through what all filters fit, and keeps them in the link', async () => {
    await place('a', 'b', 'c', 'd');
    const filter = 'status=Pending&user_id=user_1&placed_from=2026-01-05T10:30:00.120%2B01:00';
    const first = await service.send(`/order/?${filter}&limit=1`);
    expect(idsIn(first)).to.deep.equal(['d']);
    const link = `${first.headers.link}`.replace(/^<|>.*$/g, '');
    expect(link).to.include('user_id=user_1').and.include('%2B01%3A00');
    expect(idsIn(await service.send(link))).to.deep.equal(['b']);
    for (const other of [
      'status=Failed',
      'user_id=user_2',
      'placed_from=2026-01-05T09:30:00.121Z',
      'placed_to=2026-01-05T09:30:00.120Z',
    ]) {
      expect(idsIn(await service.send(`/order/?${other}`)), other).to.deep.equal([]);
    }
  });

  it('refuses a cursor that was given out for another filter', async () => {
    await place('a', 'b');
    const cursor = (await service.send('/order/?limit=1')).json.next_cursor;
    const answer = await service.send(`/order/?limit=1&status=Pending&cursor=${cursor}`);
    expectFaults(answer, [['cursor', 'cursor', /same filters/]]);
    expect(answer.json.errors[0]).to.have.property('parameter', 'cursor');
  });

  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  for (const cursor of [
    'x',
    '%00',
    '123',
    base64url('null'),
    base64url('{"at":1}'),
    base64url('{"at":1.5,"seq":1}'),
    base64url('{"at":1,"seq":"1"}'),
  ]) {
    it(`refuses what is no cursor: ${cursor}`, async () => {
      const answer = await service.send(`/order/?cursor=${cursor}`);
      expectFaults(answer, [['cursor', 'cursor', /next_cursor/]]);
    });
  }

  for (const [query, parameter, code] of [
    ['limit=0', 'limit', 'minimum'],
    ['limit=101', 'limit', 'maximum'],
    ['limit=1.5', 'limit', 'type'],
    ['limit=many', 'limit', 'type'],
    ['limit=1e400', 'limit', 'type'],
    ['status=PENDING', 'status', 'enum'],
    ['limit=1&limit=2', 'limit', 'type'],
    ['limit=1:2', 'limit', 'type'],
    ['user_id=-', 'user_id', 'pattern'],
    ['placed_from=yesterday', 'placed_from', 'format'],
    ['placed_from=2026-01-05', 'placed_from', 'format'],
    ['placed_from=2026-01-05T00:00:00', 'placed_from', 'format'],
    ['placed_to=2026-02-30T00:00:00Z', 'placed_to', 'format'],
    ['placed_to=2016-12-31T23:59:60Z', 'placed_to', 'format'],
    ['offset=3', 'offset', 'additionalProperties'],
  ] as const) {
    it(`refuses ${query}`, async () => {
      expectFaults(await service.send(`/order/?${query}`), [[parameter, code]]);
    });
  }

  it('takes orders as before', async () => {
    expect((await service.place(order)).status).to.equal(201);
    expectProblem(await service.send('/order', { method: 'DELETE' }), 'method-not-allowed');
  });
});
