import { expect } from 'chai';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
import { onEveryDatabase, type Service } from './service.ts';

onEveryDatabase('placing an order under an Idempotency-Key', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.reset();
    await service.file.writer.deleteFrom('idempotency_keys').execute();
  });

  function place(key: string, body: object) {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    return service.send('/order/', { method: 'POST', headers, body: JSON.stringify(body) });
  }

  it('answers the same request again with the first answer, and says so', async () => {
    const first = await place('"k-1"', order);
    const again = await place('"k-1"', order);
    expect([first.status, again.status]).to.deep.equal([201, 201]);
    expect(again.json).to.deep.equal(first.json);
    expect(again.headers.location).to.equal('/order/123');
    expect(first.headers).to.not.have.property('idempotent-replayed');
    expect(again.headers['idempotent-replayed']).to.equal('true');
    expect(await service.placed()).to.have.length(1);
  });

  it('takes a request for the same when it is only written down in another way', async () => {
    await place('k', order);
    const { order_id, ...rest } = order;
    const same = { ...rest, currency: 'USD', item_ids: [' item_1', 'item_2'], order_id };
    expect((await place('k', same)).headers['idempotent-replayed']).to.equal('true');
  });

  it('refuses another order under the same key, whichever field differs', async () => {
    await place('k', order);
    const others = [
      { order_id: '124' },
      { user_id: 'user_2' },
      { item_ids: 'item_1' },
      { total_amount: 34.81 },
      { currency: 'EUR' },
    ];
    for (const other of others) {
      const answer = await place('k', { ...order, ...other });
      expectProblem(answer, 'idempotency-key-reused', /Another order/);
    }
    expect(await service.placed()).to.have.length(1);
  });

  it('does not spend the key on an order whose id is taken, nor on one that is invalid', async () => {
    await service.place(order);
    expectProblem(await place('k', order), 'order-exists');
    expectProblem(await place('k', { ...order, total_amount: -1 }), 'validation-error');
    const answer = await place('k', { ...order, order_id: '124' });
    expect(answer.status).to.equal(201);
    expect(answer.headers).to.not.have.property('idempotent-replayed');
  });

  it('asks to try again while the key is in use', async () => {
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    // The first one has to wait for the write lock.
    const holding = service.file.writer.transaction().execute(() => {
      locked.resolve();
      return held.promise;
    });
    await locked.promise;
    const sent = [1, 2, 3].map(() => place('k', order));
    const early = await Promise.all([Promise.race(sent), place('"k"', { ...order, user_id: 'b' })]);
    for (const answer of early) {
      expectProblem(answer, 'idempotency-key-in-flight');
      expect(answer.headers['retry-after']).to.equal('1');
    }
    held.resolve();
    await holding;
    const statuses = (await Promise.all(sent)).map(({ status }) => status);
    expect(statuses.sort()).to.deep.equal([201, 409, 409]);
    expect((await place('k', order)).headers['idempotent-replayed']).to.equal('true');
  });

  const longest = 'x'.repeat(255);
  for (const [sent, same] of [
    ['"8e03978e-40d5"', '8e03978e-40d5'],
    [`"${longest}"`, longest],
    ['"a b;c,d"', '"a b;c,d"'],
    ['"a\\"b\\\\c"', '"a\\"b\\\\c"'],
    ["a'b+c/d=e@f", '"a\'b+c/d=e@f"'],
  ] as const) {
    it(`takes ${sent.slice(0, 30)} and knows it as ${same.slice(0, 30)}`, async () => {
      expect((await place(sent, order)).status).to.equal(201);
      expect((await place(same, order)).headers['idempotent-replayed']).to.equal('true');
    });
  }

  for (const sent of [
    ...['', '""', '"', '"a', 'a"', '"a"b"', '"a\\b"', '"é"', 'é', 'a b', 'a,b', '"a", "b"'],
    ...['"a";p=1', `"${longest}x"`, `${longest}x`],
  ]) {
    it(`refuses ${sent.slice(0, 30) || 'an empty one'}`, async () => {
      expectProblem(await place(sent, order), 'malformed-request', /Idempotency-Key/);
      expect(await service.placed()).to.deep.equal([]);
    });
  }
});
