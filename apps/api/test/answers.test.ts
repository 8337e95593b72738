import { loadContract } from '@orders/contract';
import { leave, readMetrics, register, settleAndClaim } from '@orders/db';
import { expect } from 'chai';
import { problems } from '../src/problems.ts';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
import { databaseGone, onEveryDatabase, type Service } from './service.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

onEveryDatabase('the service', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(() => service.reset());

  it('tells of an order that nobody placed', async () => {
    expectProblem(await service.send('/order/999'), 'order-not-found', 'Order not found');
  });

  it('shows every figure of the metrics', async () => {
    await service.place(order);
    const answer = await service.send('/metrics/');
    expect(answer.json).to.include({ total_orders: 1, pending_orders: 1, active_workers: 0 });
    const snakeCase = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    const named = Object.entries(await readMetrics(service.file)).map(([name, value]) => [
      snakeCase(name),
      value,
    ]);
    expect(answer.json).to.deep.equal(Object.fromEntries(named));
    expectNoErrors(service.lines);
  });

  it('tells who works at what, and what is next', async () => {
    await service.place(order);
    expect((await service.send('/queue')).json.oldest_pending).to.deep.equal({
      ...{ order_id: '123', placed_at: '2026-01-05T09:30:00.120Z' },
    });
    await register(service.file, 'w', 15_000);
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    await settleAndClaim(service.file, [], request);
    const at = '2026-01-05T09:30:00.120Z';
    expect((await service.send('/queue')).json).to.deep.equal({
      ...{ at, oldest_pending: null },
      workers: [
        {
          ...{ worker: 'w', started_at: at, in_hand: 1 },
          orders: [{ order_id: '123', started_at: at, attempts: 1 }],
        },
      ],
    });
    await leave(service.file, 'w');
    expectNoErrors(service.lines);
  });

  it('leads to the page', async () => {
    const { status, headers, text } = await service.send('/');
    expect([status, headers.location, text]).to.deep.equal([302, '/dashboard', '']);
  });

  it('answers with and without the trailing slash', async () => {
    await service.place(order);
    const paths = ['/order/123', '/metrics', '/livez', '/readyz', '/docs'];
    for (const path of [...paths, '/openapi.yaml', '/openapi.json']) {
      const [without, withSlash] = [await service.send(path), await service.send(`${path}/`)];
      expect([without.status, withSlash.status], path).to.deep.equal([200, 200]);
      if (path !== '/docs') expect(withSlash.text).to.equal(without.text);
    }
  });

  it('answers HEAD where it answers GET, with the same head and no body', async () => {
    await service.place(order);
    for (const path of [
      '/order/123',
      '/order/9',
      '/metrics/',
      '/livez',
      '/docs',
      '/openapi.json',
    ]) {
      const headers = { 'X-Request-Id': 'same' };
      const get = await service.send(path, { headers });
      const head = await service.send(path, { method: 'HEAD', headers });
      expect(head.status, path).to.equal(get.status);
      expect(head.text).to.equal('');
      expect({ ...head.headers, date: '' }).to.deep.equal({ ...get.headers, date: '' });
    }
    expect(service.lines.map(({ method }) => method)).to.include('HEAD');
  });

  it('says nothing about what it is made of', async () => {
    const { headers } = await service.send('/livez');
    expect(headers).to.not.have.any.keys('x-powered-by', 'server', 'etag');
  });

  it('has browsers take no answer for a page, or show it within one', async () => {
    const post = { method: 'POST', body: '{' };
    for (const answer of [
      await service.place(order),
      await service.send('/order/123'),
      await service.send('/nowhere'),
      await service.send('/order/', post),
    ]) {
      expect(answer.headers).to.include({
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    }
  });

  it('lets pages load their own scripts, and nothing from elsewhere', async () => {
    const headers = { Accept: 'text/html' };
    const styles = { '/docs': "'self' 'unsafe-inline'", '/problems/not-found': /^'sha256-.*'$/ };
    for (const [path, allowed] of Object.entries(styles)) {
      const answer = await service.send(path, { headers });
      const policy = String(answer.headers['content-security-policy']);
      const directives = new Map(
        policy.split('; ').map((one) => one.split(/ (.*)/).slice(0, 2) as [string, string]),
      );
      expect(directives.get('default-src')).to.equal("'none'");
      expect(directives.get('script-src')).to.equal("'self'");
      expect(directives.get('frame-ancestors')).to.equal("'none'");
      if (typeof allowed === 'string') expect(directives.get('style-src')).to.equal(allowed);
      else expect(directives.get('style-src')).to.match(allowed);
      const scripts = answer.text.match(/<script[^>]*>/g) ?? [];
      for (const script of scripts) expect(script).to.match(/ src="\.\/|^$/);
      expect(answer.text).to.not.match(/ on[a-z]+="/);
    }
  });

  describe('names a request', () => {
    for (const given of ['a', 'trace-1.2:3_4', 'x'.repeat(128)]) {
      it(`as the client does: ${given.slice(0, 20)}`, async () => {
        const answer = await service.send('/order/9', { headers: { 'X-Request-Id': given } });
        expect(answer.headers['x-request-id']).to.equal(given);
        expect(answer.json.request_id).to.equal(given);
      });
    }

    for (const given of [undefined, 'two words', 'x'.repeat(129), '{"a":1}', 'é']) {
      it(`itself when the client does not do it sanely: ${given?.slice(0, 20)}`, async () => {
        const headers: Record<string, string> = given ? { 'X-Request-Id': given } : {};
        const { headers: answered } = await service.send('/livez', { headers });
        expect(answered['x-request-id']).to.match(uuid);
      });
    }
  });

  describe('logs', () => {
    it('one line a request: what was asked for, what became of it, and no body', async () => {
      await service.place(order);
      await service.send('/order/123?a=secret', { headers: { 'X-Request-Id': 'r-1' } });
      const [placed, refused, ...others] = service.lines;
      expect(others).to.deep.equal([]);
      expect(placed).to.include({ level: 'info', message: 'request', status: 201 });
      expect(placed).to.include({ method: 'POST', path: '/order/', order_id: '123' });
      expect(refused).to.include({ request_id: 'r-1', path: '/order/123', status: 422 });
      expect(placed?.ms).to.be.a('number');
      expect(JSON.stringify(service.lines)).to.not.match(/secret|item_1/);
    });

    it('health checks at debug', async () => {
      await service.send('/livez');
      await service.send('/readyz/');
      expect(service.lines.map(({ level }) => level)).to.deep.equal(['debug', 'debug']);
    });
  });

  describe('without its database', () => {
    it('asks to try again and keeps the cause for the log', async () => {
      service.fault.error = databaseGone();
      const answers = [await service.place(order), await service.send('/order/123')];
      for (const answer of [...answers, await service.send('/metrics/')]) {
        expectProblem(answer, 'database-unavailable');
        expect(answer.headers['retry-after']).to.equal('1');
        expect(answer.text).to.not.include('secret');
      }
      const errors = service.lines.filter(({ level }) => level === 'error');
      expect(errors.map(({ err }) => err)).to.deep.equal(Array(3).fill(service.fault.error));
      expect(errors[0]?.request_id).to.equal(answers[0]?.headers['x-request-id']);
    });

    it('is alive but not ready', async () => {
      service.fault.error = databaseGone();
      expect((await service.send('/livez')).json).to.deep.equal({ status: 'ok' });
      expectProblem(await service.send('/readyz'), 'database-unavailable');
      delete service.fault.error;
      expect((await service.send('/readyz')).json).to.deep.equal({ status: 'ok' });
    });
  });

  it('tells nothing about a fault of its own but where to find it in the log', async () => {
    service.fault.error = new TypeError('secret is undefined');
    const answer = await service.send('/order/123');
    expectProblem(answer, 'internal-error');
    expect(answer.text).to.not.match(/secret|at /);
    const errors = service.lines.filter(({ level }) => level === 'error');
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include({ err: service.fault.error, message: 'internal-error' });
    expect(errors[0]?.request_id).to.equal(answer.json.request_id);
  });

  it('lets no answer pass in tests that breaks the contract', async () => {
    await service.place(order);
    await service.file.writer.updateTable('orders').set({ user_id: '' }).execute();
    expectProblem(await service.send('/order/123'), 'internal-error');
    expect(() => expectNoErrors(service.lines)).to.throw();
  });

  it('serves the contract, as it is written and as JSON', async () => {
    const { yaml, document } = loadContract();
    const asYaml = await service.send('/openapi.yaml');
    expect(asYaml.headers['content-type']).to.match(/^application\/yaml/);
    expect(asYaml.text).to.equal(yaml);
    const asJson = await service.send('/openapi.json');
    expect(asJson.headers['content-type']).to.match(/^application\/json/);
    expect(asJson.json).to.deep.equal(document);
  });

  it('shows the contract as a page whose files are where it says', async () => {
    for (const path of ['/docs', '/docs/']) {
      const page = await service.send(path);
      expect(page.headers['content-type']).to.match(/^text\/html/);
      expect(page.text).to.include('<title>Order service</title>');
      const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, file]) => file ?? '',
      );
      expect(files).to.have.length.above(3);
      for (const file of files) {
        const { pathname } = new URL(file, `http://127.0.0.1${path}`);
        expect((await service.send(pathname)).status, pathname).to.equal(200);
      }
    }
    const script = (await service.send('/docs/swagger-ui-init.js')).text;
    const options = /var options = (\{.*?\n\});/s.exec(script)?.[1] ?? '';
    expect(JSON.parse(options).swaggerDoc).to.deep.equal(loadContract().document);
  });

  it('has nothing beside the page that can be reached through its files', async () => {
    for (const path of ['/docs/%2e%2e/package.json', '/docs/../docs.ts', '/docs/%00', '/docs/.x']) {
      expectProblem(await service.send(path), 'not-found');
    }
  });

  it('sends whatever has no tag to whoever has any version of it', async () => {
    const headers = { 'If-None-Match': '*' };
    for (const path of ['/livez', '/readyz', '/metrics/', '/order/', '/events', '/openapi.json']) {
      expect((await service.send(path, { headers })).status, path).to.equal(200);
    }
  });

  it('finds a path in a request that names the whole address', async () => {
    expect((await service.send('http://127.0.0.1:1/livez')).status).to.equal(200);
    expectProblem(await service.send('http://127.0.0.1:1/order/9/'), 'order-not-found');
    expect((await service.send('http://127.0.0.1')).status).to.equal(302);
    for (const target of ['*', 'http://', 'http://[::1']) {
      expectProblem(await service.send(target, { method: 'OPTIONS' }), 'not-found');
    }
  });

  it('says of all that is not open to everybody that there may be too many requests', () => {
    for (const [path, item] of Object.entries(loadContract().document.paths)) {
      for (const [method, { security, responses }] of Object.entries(item)) {
        const isOpen = security?.length === 0;
        expect('429' in responses, `${method} ${path}`).to.equal(!isOpen);
      }
    }
  });

  it('names its problems in the examples of the contract as it does in answers', () => {
    const { responses } = loadContract().document.components;
    for (const response of Object.values(responses)) {
      const { example } = response.content['application/problem+json'] ?? {};
      if (!example) continue;
      const code = `${example.type}`.replace('/problems/', '') as keyof typeof problems;
      expect(example).to.include(problems[code]);
    }
  });

  it('has a problem for every type in the contract, and no other', () => {
    const schema = loadContract().document.components.schemas.Problem?.properties;
    const { type } = schema as { type: { enum: string[] } };
    expect(type.enum).to.deep.equal(Object.keys(problems).map((code) => `/problems/${code}`));
  });
});
