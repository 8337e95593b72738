import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect } from 'chai';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { openLines, parseLine } from './lines.ts';
import { type Answer, databaseGone, onEveryDatabase, type Service } from './service.ts';

const orders = (...ids: string[]) => ids.map((order_id) => ({ ...order, order_id }));
const many = (count: number) => orders(...Array.from({ length: count }, (_, i) => `o${i}`));
const statuses = (results: { status?: string }[]) => results.map(({ status }) => status).join(' ');
const all = '?error_policy=reject_everything';
const invalid = { ...order, order_id: 'bad', total_amount: -1 };

onEveryDatabase('a batch', (startService) => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });

  const ids = async () => (await service.placed()).map((row) => row.order_id);

  function sendJson(body: unknown, query = ''): Promise<Answer> {
    const headers = { 'Content-Type': 'application/json', 'X-Request-Id': 'r-1' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return service.send(`/order/batch${query}`, { method: 'POST', headers, body: text });
  }

  async function sendLines(body: string | Buffer | object[], query = '') {
    const headers = { 'Content-Type': 'application/x-ndjson; charset=utf-8' };
    const text = Array.isArray(body) ? body.map((one) => JSON.stringify(one)).join('\n') : body;
    const path = `/order/batch${query}`;
    const answer = await service.send(path, { method: 'POST', headers, body: text });
    if (answer.status !== 200) return { answer, results: [], last: undefined };
    expect(answer.headers['content-type']).to.equal('application/x-ndjson');
    const lines = answer.text.split('\n').slice(0, -1).map(parseLine);
    return { answer, results: lines.slice(0, -1), last: lines.at(-1) };
  }

  describe('as JSON', () => {
    it('is answered with 201 when all were created, in the order of the queue', async () => {
      const answer = await sendJson({ orders: many(1200) });
      expect(answer.status).to.equal(201);
      const { results, ...summary } = answer.json;
      expect(summary).to.deep.equal({ created: 1200, duplicates: 0, rejected: 0, skipped: 0 });
      expect(results[7]).to.deep.equal({ index: 7, order_id: 'o7', status: 'created' });
      expect(await ids()).to.deep.equal(many(1200).map(({ order_id }) => order_id));
      const [first] = await service.placed();
      expect(first).to.include({ total_minor: 3480, currency: 'USD', request_id: 'r-1' });
    });

    it('is answered with 207 when some were, with the reason of each other', async () => {
      await service.place(order);
      const answer = await sendJson({ orders: [...orders('a', '123', 'a'), invalid, 7] });
      expect(answer.status).to.equal(207);
      expect(answer.json).to.include({ created: 1, duplicates: 2, rejected: 2, skipped: 0 });
      const [, taken, , bad, number] = answer.json.results;
      expect(taken).to.deep.equal({
        ...{ index: 1, order_id: '123', status: 'duplicate' },
        error: {
          type: '/problems/order-exists',
          title: 'This order id is taken',
          detail: 'Order ID already exists',
        },
      });
      const pointer = '#/orders/3/total_amount';
      expect(bad).to.deep.equal({
        ...{ index: 3, order_id: 'bad', status: 'rejected' },
        error: {
          type: '/problems/validation-error',
          title: 'The request breaks the contract',
          detail: `${pointer} must be >= 0`,
          errors: [{ pointer, code: 'minimum', detail: 'must be >= 0' }],
        },
      });
      expect(number).to.include({ index: 4, order_id: null, status: 'rejected' });
      expect(number.error.detail).to.equal('#/orders/4 must be an object');
    });

    it('is answered with 422 when none was', async () => {
      const answer = await sendJson({ orders: [invalid] });
      expect(answer.status).to.equal(422);
      expect(answer.headers['content-type']).to.match(/^application\/json/);
      expect(answer.json).to.include({ created: 0, rejected: 1 });
    });

    it('finds the same faults as in orders that come alone', async () => {
      const changes = [
        ...[{ order_id: '..' }, { order_id: 7 }, { user_id: 'a b' }, { item_ids: '' }],
        ...[{ item_ids: ['a', 1, 'b,c', '\0'] }, { item_ids: {} }, { item_ids: 'x'.repeat(65) }],
        ...[{ item_ids: Array(300).fill('x'.repeat(60)) }, { total_amount: '1' }],
        ...[{ total_amount: 1.005 }, { total_amount: 1e9 + 1 }, { total_amount: -1.005 }],
        ...[{ currency: 'usd' }, { currency: 'JPY', total_amount: 1.5 }],
        ...[{ currency: 'KWD', total_amount: 1.0001 }, { currency: null }],
        ...[{ colour: 'red' }, { '': 1 }, { 'a/b~c é': 1 }, { order_id: undefined, '~': 1 }],
      ];
      const bad = [...changes.map((change) => ({ ...order, ...change })), {}, null, [], 'x'];
      const { results } = (await sendJson({ orders: bad })).json;
      for (const [i, one] of bad.entries()) {
        const { errors } = (await service.place(JSON.stringify(one))).json;
        const moved = errors.map((fault: { pointer: string }) => ({
          ...fault,
          pointer: fault.pointer.replace('#', `#/orders/${i}`),
        }));
        expect(results[i].error.errors, JSON.stringify(one)).to.deep.equal(moved);
      }
    });

    it('lists the first ten faults of an order', async () => {
      const { error } = (await sendJson({ orders: [{ ...order, item_ids: Array(99).fill(0) }] }))
        .json.results[0];
      expect(error.errors).to.have.length(10);
      expect(error.detail).to.equal('99 faults, the first 10 are listed in errors');
    });

    it('is refused as a whole when it is not a batch', async () => {
      expectFaults(await sendJson({}), [['#/orders', 'required', 'is missing']]);
      expectFaults(await sendJson({ orders: [] }), [['#/orders', 'minItems']]);
      expectFaults(await sendJson({ orders: {} }), [['#/orders', 'type', 'must be a list']]);
      expectFaults(await sendJson([]), [['#', 'type', 'must be an object']]);
      expectFaults(await sendJson({ orders: orders('a'), a: 1 }), [
        ['#/a', 'additionalProperties'],
      ]);
      const tooMany = { orders: Array(10_001).fill(0) };
      expectFaults(await sendJson(tooMany), [['#/orders', 'maxItems', /10000/]]);
      expectFaults(await sendJson({ orders: orders('a') }, '?error_policy=x'), [
        ['error_policy', 'enum', /reject_failed_rows, reject_everything/],
      ]);
      expectProblem(await sendJson('{"orders": ['), 'invalid-json');
      expectProblem(await sendJson(''), 'invalid-json', 'The body is empty');
      expectProblem(await sendJson(' '.repeat(2 ** 24 + 1)), 'body-too-large', /16777216 bytes/);
      expect(await ids()).to.deep.equal([]);
    });

    it('is refused for all its faults, however many it has', async () => {
      const fields = Array.from({ length: 100_000 }, (_, i) => `"${i}a":0`);
      const answer = await sendJson(`{"orders":[],${fields},"__proto__":0}`);
      expectProblem(answer, 'validation-error', /^100002 faults, the first 100 are listed/);
    });

    it('rejects an order that alone would have been too large', async () => {
      const large = { ...order, item_ids: Array(40_000).fill(0) };
      const answer = await sendJson({ orders: [...orders('a'), large] });
      expect(statuses(answer.json.results)).to.equal('created rejected');
      const { error } = answer.json.results[1];
      expect(error).to.include({
        type: '/problems/body-too-large',
        detail: 'An order may have 65536 bytes',
      });
    });

    it('rejects an order that is nested deeper than anybody can write', async () => {
      const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
      const headers = { 'Content-Type': 'application/json' };
      const body = `{"orders":[${nested},${JSON.stringify(order)}]}`;
      const answer = await service.send('/order/batch', { method: 'POST', headers, body });
      expect(answer.json).to.include({ created: 1, rejected: 1 });
    });

    it('lets others have their turn while it is read', async () => {
      let answered = false;
      const sent = sendJson({ orders: Array(10_000).fill({ item_ids: Array(500).fill(0) }) });
      void sent.then(() => {
        answered = true;
      });
      let turns = 0;
      for (; !answered; turns++) await service.send('/livez');
      expect((await sent).json.rejected).to.equal(10_000);
      // Parsing the JSON is one piece; checking the orders, which takes longer, is many.
      expect(turns).to.be.above(10);
    }).timeout(30_000);

    it('answers 503 without its database, and may be sent again', async () => {
      service.fault.error = databaseGone();
      for (const query of ['', all]) {
        const answer = await sendJson({ orders: orders('a') }, query);
        expectProblem(answer, 'database-unavailable');
      }
      delete service.fault.error;
      service.lines.length = 0;
      expect((await sendJson({ orders: orders('a') })).status).to.equal(201);
    });
  });

  describe('all or none', () => {
    it('places all of 10,000', async () => {
      const answer = await sendJson({ orders: many(10_000) }, all);
      expect(answer.status).to.equal(201);
      expect(await ids()).to.deep.equal(many(10_000).map(({ order_id }) => order_id));
    }).timeout(30_000);

    it('places none when one is rejected or a duplicate', async () => {
      await service.place(order);
      const withInvalid = await sendJson({ orders: [...orders('a', '123'), invalid] }, all);
      expect(withInvalid.status).to.equal(422);
      expect(withInvalid.json).to.include({ created: 0, rejected: 1, skipped: 2 });
      const withTaken = await sendJson({ orders: orders('a', '123', 'a') }, all);
      expect(withTaken.status).to.equal(422);
      expect(statuses(withTaken.json.results)).to.equal('skipped duplicate duplicate');
      expect(await ids()).to.deep.equal(['123']);
    });

    it('takes lines too, up to as many', async () => {
      const { results, last } = await sendLines([...orders('a'), invalid], all);
      expect(statuses(results)).to.equal('skipped rejected');
      expect(last).to.deep.equal({ created: 0, duplicates: 0, rejected: 1, skipped: 1 });
      expect((await sendLines(orders('a', 'b'), all)).last).to.include({ created: 2 });
      const tooMany = await sendLines('{}\n'.repeat(10_001), all);
      expectProblem(tooMany.answer, 'body-too-large', /10000 orders/);
      const tooLong = await sendLines(`${' '.repeat(60_000)}\n`.repeat(300), all);
      expectProblem(tooLong.answer, 'body-too-large', /16777216 bytes/);
      expect(await ids()).to.deep.equal(['a', 'b']);
    });
  });

  describe('as lines', () => {
    it('has a result for each, and the numbers in the end', async () => {
      await service.place(order);
      const { results, last } = await sendLines([...orders('a', '123'), invalid, ...orders('b')]);
      expect(statuses(results)).to.equal('created duplicate rejected created');
      expect(results[2].error.errors).to.deep.equal([
        { pointer: '#/2/total_amount', code: 'minimum', detail: 'must be >= 0' },
      ]);
      expect(last).to.deep.equal({ created: 2, duplicates: 1, rejected: 1, skipped: 0 });
      expect(await ids()).to.deep.equal(['123', 'a', 'b']);
    });

    it('goes on after a line that cannot be read', async () => {
      const [good = '', later = ''] = orders('a', 'b').map((one) => JSON.stringify(one));
      const long = JSON.stringify({ ...order, item_ids: 'x'.repeat(64 * 1024) });
      const latin = Buffer.from('{"order_id":"\xe9"}\n', 'latin1');
      const text = [good, '{"order_id":', long, '  ', '', 'null'].join('\r\n');
      const body = Buffer.concat([Buffer.from(`${text}\n`), latin, Buffer.from(later)]);
      const { results, last } = await sendLines(body);
      expect(results.map(({ error }) => error?.type.replace('/problems/', ''))).to.deep.equal([
        ...[undefined, 'invalid-json', 'body-too-large', 'validation-error', 'invalid-json'],
        undefined,
      ]);
      expect(results.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3, 4, 5]);
      expect(last).to.include({ created: 2, rejected: 4 });
    });

    it('takes a line of exactly 64 KiB, however it is cut up', async () => {
      const line = JSON.stringify(order).padEnd(65_536);
      const { results } = await sendLines(`${line}\n${line} \n`);
      expect(statuses(results)).to.equal('created rejected');
    });

    it('may be empty', async () => {
      expect((await sendLines('')).last).to.include({ created: 0, rejected: 0 });
      const { answer } = await sendLines('\n \r\n');
      expect(JSON.parse(answer.text)).to.include({ created: 0, rejected: 0 });
    });

    it('gets its results before it has ended', async () => {
      const { client, next } = await openLines(service.port);
      for (const id of ['a', 'b', 'c']) {
        client.write(`${JSON.stringify({ ...order, order_id: id })}\n{"half":`);
        expect(await next()).to.include({ order_id: id, status: 'created' });
        client.write('1}\n');
        expect(await next()).to.include({ status: 'rejected' });
      }
      client.end();
      expect(await next()).to.include({ created: 3, rejected: 3 });
    });

    it('ends with the problem when the database fails, and with no summary', async () => {
      const { client, next } = await openLines(service.port);
      client.write(`${JSON.stringify(order)}\n`);
      expect(await next()).to.include({ status: 'created' });
      service.fault.error = databaseGone();
      client.write(`${JSON.stringify({ ...order, order_id: 'b' })}\n`);
      const last = await next();
      expect(last).to.include({ type: '/problems/database-unavailable', status: 503 });
      expect(await next()).to.equal(undefined);
      const errors = service.lines.filter(({ level }) => level === 'error');
      expect(errors.map(({ request_id }) => request_id)).to.deep.equal([last.request_id]);
      service.lines.length = 0;
      client.destroy();
    });

    it('ends soon when the service is told to stop, all reported that was placed', async () => {
      const { client, next } = await openLines(service.port);
      client.write(`${JSON.stringify(order)}\n`);
      expect(await next()).to.include({ status: 'created' });
      service.stopping.abort();
      expect(await next()).to.include({ type: '/problems/stopping' });
      expect(await next()).to.equal(undefined);
      await service.server.stop(new AbortController().signal);
      client.destroy();
      expect(await ids()).to.deep.equal(['123']);
    });

    it('is refused as a whole, to be tried again, when all or none is told to stop', async () => {
      const sent = request({
        ...{ port: service.port, host: '127.0.0.1', path: `/order/batch${all}`, method: 'POST' },
        ...{ headers: { 'Content-Type': 'application/x-ndjson' }, agent: false },
      });
      sent.on('error', () => {}).write(`${JSON.stringify(order)}\n`);
      service.stopping.abort();
      const [answer] = (await once(sent, 'response')) as [IncomingMessage];
      expect(answer.statusCode).to.equal(503);
      expect(answer.headers).to.include({ 'retry-after': '1' });
      expect(await text(answer)).to.include('/problems/stopping');
      sent.destroy();
      expect(await ids()).to.deep.equal([]);
    });

    it('keeps what was reported when the client breaks off', async () => {
      const { client, next } = await openLines(service.port);
      client.write(`${JSON.stringify(order)}\n{"order_id": "half`);
      expect(await next()).to.include({ status: 'created' });
      client.destroy();
      await service.server.stop(new AbortController().signal);
      expect(await ids()).to.deep.equal(['123']);
      while (service.lines.length === 0) await turnOfTheLoop();
      expect(service.lines.at(-1)).to.include({ message: 'request', aborted: true });
    });

    it('is refused in an encoding', async () => {
      const headers = { 'Content-Type': 'application/x-ndjson', 'Content-Encoding': 'gzip' };
      const sent = { method: 'POST', headers, body: 'x' };
      expectProblem(await service.send('/order/batch', sent), 'unsupported-media-type', /gzip/);
    });
  });

  it('is refused in another media type', async () => {
    const sent = { method: 'POST', headers: { 'Content-Type': 'text/csv' }, body: 'x' };
    const answer = await service.send('/order/batch', sent);
    expectProblem(answer, 'unsupported-media-type', /application\/json or application\/x-ndjson/);
  });

  it('leaves an order with the id "batch" where orders are read', async () => {
    await service.place({ ...order, order_id: 'batch' });
    expect((await service.send('/order/batch')).json).to.include({ order_id: 'batch' });
    const refused = await service.send('/order/batch', { method: 'DELETE' });
    expectProblem(refused, 'method-not-allowed');
    expect(refused.headers.allow).to.equal('POST, GET, HEAD');
  });
});
