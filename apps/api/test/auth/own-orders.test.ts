import { expect } from 'chai';
import { expectNoErrors, expectProblem, order } from '../expectations.ts';
import { readStream } from '../reader.ts';
import { type Answer, onEveryDatabase, type Service } from '../service.ts';
import { as, verifier } from './given.ts';

onEveryDatabase('an order of somebody else', (startService) => {
  let service: Service;
  let mine: Record<string, string>;
  let theirs: Record<string, string>;
  let admin: Record<string, string>;
  before(async () => {
    service = await startService(verifier());
    mine = await as('user_1', 'orders:write orders:read');
    theirs = await as('user_2', 'orders:write orders:read');
    admin = await as('root', 'orders:admin');
  });
  after(() => service.stop());
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.reset();
    await service.file.writer.deleteFrom('event_runs').execute();
    await service.file.writer.deleteFrom('idempotency_keys').execute();
  });

  function post(path: string, headers: Record<string, string>, body?: object): Promise<Answer> {
    const type = body ? { 'Content-Type': 'application/json' } : {};
    return service.send(path, {
      method: 'POST',
      headers: { ...headers, ...type },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
  const place = (headers: Record<string, string>, changes: object = {}) =>
    post('/order/', headers, { ...order, ...changes });

  /** All but what names the request, and the order it asks for. */
  const comparable = (answer: Answer, id: string) =>
    JSON.stringify([answer.status, answer.headers, answer.text])
      .replaceAll(answer.headers['x-request-id'] as string, 'REQUEST')
      .replaceAll(`/order/${id}`, '/order/ID')
      .replace(/"date":"[^"]*"/, '');

  for (const [what, method, path] of [
    ['reading', 'GET', ''],
    ['waiting for', 'GET', '?wait=30'],
    ['reading the history of', 'GET', '/events'],
    ['cancelling', 'POST', '/cancel'],
    ['retrying', 'POST', '/retry'],
  ] as const) {
    it(`is as unknown as one that does not exist: ${what} it`, async () => {
      await place(mine);
      const ask = (id: string, headers: Record<string, string>) =>
        service.send(`/order/${id}${path}`, { method, headers });
      const hidden = await ask('123', theirs);
      expectProblem(hidden, 'order-not-found', 'Order not found');
      expect(comparable(hidden, '123')).to.equal(comparable(await ask('999', theirs), '999'));
      const [row] = await service.placed();
      expect(row).to.include({ status: 'PENDING', cancel_requested_at: null });
    });
  }

  it('is not followed', async () => {
    await place(mine);
    const headers = { ...theirs, Accept: 'text/event-stream' };
    expectProblem(await service.send('/order/123/events', { headers }), 'order-not-found');
  });

  it('is on no list', async () => {
    await place(mine);
    await place(theirs, { order_id: '124', user_id: 'user_2' });
    const listed = async (headers: Record<string, string>, query = '') => {
      const { json } = await service.send(`/order/?limit=10${query}`, { headers });
      return json.data.map(({ order_id }: { order_id: string }) => order_id);
    };
    expect(await listed(mine)).to.deep.equal(['123']);
    expect(await listed(theirs)).to.deep.equal(['124']);
    expect(await listed(theirs, '&user_id=user_2')).to.deep.equal(['124']);
    expect(await listed(theirs, '&user_id=user_1')).to.deep.equal([]);
    expect(await listed(admin)).to.have.members(['123', '124']);
    expect(await listed(admin, '&user_id=user_1')).to.deep.equal(['123']);
  });

  it('is not found by a cursor that was given out to its user', async () => {
    for (const order_id of ['1', '2', '3']) await place(mine, { order_id });
    const { json } = await service.send('/order/?limit=1', { headers: mine });
    const path = `/order/?cursor=${json.next_cursor}`;
    expectProblem(await service.send(path, { headers: theirs }), 'validation-error', /cursor/);
    expect((await service.send(path, { headers: mine })).json.data).to.have.length(2);
  });

  it('leaves no trace in the feed', async () => {
    await place(mine);
    await place(theirs, { order_id: '124', user_id: 'user_2' });
    await place(mine, { order_id: '125' });
    const feed = async (headers: Record<string, string>) => {
      const { json } = await service.send('/events?limit=1000', { headers });
      const ids = json.events.map((event: { order_id: string }) => event.order_id);
      return { ids, end: json.next_after };
    };
    const all = await feed(admin);
    expect(all.ids).to.deep.equal(['123', '124', '125']);
    expect(await feed(theirs)).to.deep.equal({ ids: ['124'], end: all.end });
    expect(await feed(mine)).to.deep.equal({ ids: ['123', '125'], end: all.end });
  });

  it('leaves no trace in the stream, neither of what was nor of what happens', async () => {
    await place(mine, { order_id: 'a' });
    await place(theirs, { order_id: 'b', user_id: 'user_2' });
    const follow = (headers: Record<string, string>) =>
      readStream(service.port, '/events?after=0', undefined, headers);
    const [all, own] = [await follow(admin), await follow(theirs)];
    await Promise.all([all.has(2), own.has(1)]);
    await place(mine, { order_id: 'c' });
    await place(theirs, { order_id: 'd', user_id: 'user_2' });
    await Promise.all([all.has(4), own.has(2)]);
    const ids = ({ events }: typeof all) =>
      events.map(({ data = '' }) => JSON.parse(data).order_id).join();
    expect([ids(all), ids(own)]).to.deep.equal(['a,b,c,d', 'b,d']);
    for (const reader of [all, own]) reader.leave();
  });

  it('has an id that is taken, and nothing more is told of it', async () => {
    await place(mine);
    const answer = await place(theirs, { user_id: 'user_2' });
    expectProblem(answer, 'order-exists', 'Order ID already exists');
    expect(answer.text).to.not.include('user_1');
  });

  it('has keys of its user’s own', async () => {
    const under = (headers: Record<string, string>) => ({ ...headers, 'Idempotency-Key': '"k"' });
    expect((await place(under(mine))).status).to.equal(201);
    const other = { order_id: '124', user_id: 'user_2' };
    const first = await place(under(theirs), other);
    expect(first.status).to.equal(201);
    expect(first.headers).to.not.have.property('idempotent-replayed');
    expect((await place(under(theirs), other)).headers).to.include({
      'idempotent-replayed': 'true',
    });
    expect((await place(under(mine))).headers).to.include({ 'idempotent-replayed': 'true' });
  });

  it('cannot be placed in a batch either, row by row', async () => {
    const rows = [
      { ...order, order_id: '1' },
      { ...order, order_id: '2', user_id: 'user_2' },
      { ...order, order_id: '3' },
    ];
    const { status, json } = await post('/order/batch', mine, { orders: rows });
    expect(status).to.equal(207);
    expect(json).to.include({ created: 2, rejected: 1 });
    expect(json.results[1]).to.deep.include({ index: 1, order_id: '2', status: 'rejected' });
    expect(json.results[1].error.type).to.equal('/problems/forbidden');

    const lines = await service.send('/order/batch', {
      method: 'POST',
      headers: { ...mine, 'Content-Type': 'application/x-ndjson' },
      body: rows
        .map((row) => `${JSON.stringify({ ...row, order_id: `l${row.order_id}` })}\n`)
        .join(''),
    });
    const results = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ status }) => status)).to.deep.equal([
      ...['created', 'rejected', 'created', undefined],
    ]);
    const together = await post('/order/batch?error_policy=reject_everything', mine, {
      orders: rows.map((row) => ({ ...row, order_id: `t${row.order_id}` })),
    });
    expect(together.status).to.equal(422);
    const users = (await service.placed()).map(({ user_id }) => user_id);
    expect(users).to.deep.equal(Array(4).fill('user_1'));
  });

  it('is seen, changed and placed by whoever has orders:admin', async () => {
    await place(mine);
    expect((await place(admin, { order_id: '124', user_id: 'user_2' })).status).to.equal(201);
    const get = (path: string, headers = admin) => service.send(path, { headers });
    expect((await get('/order/123')).json.user_id).to.equal('user_1');
    expect((await get('/order/124', theirs)).status).to.equal(200);
    expect((await get('/order/123/events')).json.events).to.have.length(1);
    expect((await post('/order/123/cancel', admin)).json.status).to.equal('Cancelled');
    expect((await post('/order/123/retry', admin)).json.status).to.equal('Pending');
  });

  it('is changed by its user', async () => {
    await place(mine);
    expect((await post('/order/123/cancel', mine)).json.status).to.equal('Cancelled');
    expect((await post('/order/123/retry', mine)).json.status).to.equal('Pending');
  });
});
