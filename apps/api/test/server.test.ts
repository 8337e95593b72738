import { once } from 'node:events';
import { request, type ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import { closeDatabase, openDatabase } from '@orders/db';
import { expect } from 'chai';
import { startServer } from '../src/server.ts';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
import { headRead } from './heads.ts';
import { type Service, startService } from './service.ts';

describe('the server', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service.stop());

  /** Holds orders back; the returned function lets them go on. */
  function holdOrders(): { arrived: Promise<void>; release: () => void } {
    const held = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { place } = service.placer;
    service.placer.place = async (order) => {
      arrived.resolve();
      await held.promise;
      return place(order);
    };
    return { arrived: arrived.promise, release: held.resolve };
  }

  it('answers what is in hand when told to stop, then takes nothing more', async () => {
    const { arrived, release } = holdOrders();
    const answer = service.place(order);
    await arrived;
    const stopped = service.server.stop(new AbortController().signal);
    release();
    expect((await answer).status).to.equal(201);
    expect((await answer).headers.connection).to.equal('close');
    await stopped;
    const refused = await service.place(order).catch((error) => error.code);
    expect(refused).to.equal('ECONNREFUSED');
  });

  it('tells a connection that is kept open to go away once it stops', async () => {
    const { arrived, release } = holdOrders();
    const socket = createConnection(service.port, '127.0.0.1');
    const body = JSON.stringify(order);
    const head = 'Host: a\r\nContent-Type: application/json\r\n';
    socket.write(`POST /order/ HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await arrived;
    const stopped = service.server.stop(new AbortController().signal);
    release();
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    expect(text)
      .to.match(/^HTTP\/1.1 201 /)
      .and.match(/\r\nConnection: close\r\n/);
    await stopped;
  });

  it('answers all that were sent one behind the other, also while it stops', async () => {
    const { arrived, release } = holdOrders();
    const socket = createConnection(service.port, '127.0.0.1');
    const post = (orderId: string) => {
      const body = JSON.stringify({ ...order, order_id: orderId });
      const head = 'Host: a\r\nContent-Type: application/json\r\n';
      return `POST /order/ HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`;
    };
    socket.write(post('a') + post('b'));
    await arrived;
    const stopped = service.server.stop(new AbortController().signal);
    const third = headRead('/livez');
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\n');
    await third;
    release();
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    const statuses = ['HTTP/1.1 201', 'HTTP/1.1 201', 'HTTP/1.1 200'];
    expect(text.match(/HTTP\/1.1 \d+/g)).to.deep.equal(statuses);
    expect(text.match(/\r\nConnection: close\r\n/g)).to.have.length(1);
    await stopped;
  });

  it('cuts off what is still in hand when its time is up', async () => {
    const { arrived } = holdOrders();
    const answer = service.place(order).catch((error) => error.code);
    await arrived;
    const force = new AbortController();
    const stopped = service.server.stop(force.signal);
    force.abort();
    await stopped;
    expect(await answer).to.equal('ECONNRESET');
    expect(service.lines.at(-1)).to.include({ message: 'request', aborted: true });
  });

  it('does not wait for a connection that never sent a request', async () => {
    const socket = createConnection(service.port, '127.0.0.1');
    await service.send('/livez');
    const closed = once(socket, 'close');
    socket.resume();
    await service.server.stop(new AbortController().signal);
    await closed;
  });

  it('tells at once that it is not ready, and is alive, while the file is locked', async () => {
    const other = await openDatabase(service.url);
    const { promise: locked, resolve: unlock } = Promise.withResolvers<void>();
    const lock = other.writer.transaction().execute(() => locked);
    const waiting = service.place(order);
    const began = performance.now();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => service.send('/readyz')));
    expect(performance.now() - began).to.be.below(1500);
    for (const answer of answers) expectProblem(answer, 'database-unavailable');
    expect((await service.send('/livez')).status).to.equal(200);
    expect((await service.send('/metrics/')).status).to.equal(200);
    unlock();
    await lock;
    expect((await waiting).status).to.equal(201);
    expect((await service.send('/readyz')).status).to.equal(200);
    await closeDatabase(other);
  });

  it('says in words that it cannot listen where somebody else does', async () => {
    const place = { host: '127.0.0.1', port: service.port };
    const error = await startServer(() => {}, place).catch((error) => error);
    expect(error).to.include({ forPeople: true });
    expect(error.message).to.match(new RegExp(`^HOST=127.0.0.1 PORT=${service.port}: .*in use`));
  });

  it('is not ready once it is told to stop, and still alive', async () => {
    service.stopping.abort();
    const answer = await service.send('/readyz');
    expectProblem(answer, 'stopping');
    expect(answer.headers['retry-after']).to.equal('1');
    expect((await service.send('/livez')).status).to.equal(200);
    expectNoErrors(service.lines);
  });

  it('lets a request take its time when its answer has begun, until one of them falls silent', async () => {
    const answer = Promise.withResolvers<ServerResponse>();
    const place = { host: '127.0.0.1', port: 0, arrivalMs: 100 };
    const server = await startServer((_req, res) => {
      res.flushHeaders();
      answer.resolve(res);
    }, place);
    const began = performance.now();
    const { port } = server.address;
    const client = request({ ...place, port, method: 'POST', agent: false });
    client.on('error', () => {});
    client.flushHeaders();
    const res = await answer.promise;
    const talking = setInterval(() => client.write('x'), 10);
    await new Promise<void>((resolve) =>
      res.req.on('data', () => performance.now() - began > 500 && resolve()),
    );
    expect(client.destroyed).to.equal(false);
    clearInterval(talking);
    await once(client, 'close');
    await server.stop(new AbortController().signal);
  });

  it('writes no refusal into an answer that has begun', async () => {
    const place = { host: '127.0.0.1', port: 0 };
    const server = await startServer((_req, res) => void res.write('begun'), place);
    const socket = createConnection(server.address.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.includes('begun')) socket.write('not a chunk\r\n');
    });
    await once(socket, 'close');
    expect(text).to.not.include(' 400 ');
    await server.stop(new AbortController().signal);
  });

  it('passes over what a request expects that nobody knows', async () => {
    const answer = await service.send('/livez', { headers: { Expect: 'the-impossible' } });
    expect(answer.json).to.deep.equal({ status: 'ok' });
  });

  it('passes over a wish to upgrade, and takes nothing more on that connection', async () => {
    const socket = createConnection(service.port, '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    expect(text)
      .to.match(/^HTTP\/1.1 200 /)
      .and.match(/\r\nConnection: close\r\n/);
  });

  it('answers what has come as a whole before it refuses what comes behind it', async () => {
    const { arrived, release } = holdOrders();
    const socket = createConnection(service.port, '127.0.0.1');
    const body = JSON.stringify(order);
    const head = 'Host: a\r\nContent-Type: application/json\r\n';
    socket.write(`POST /order/ HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    await arrived;
    socket.write('this is not HTTP\r\n\r\n');
    // The refusal is due when the server has read that, long before this is answered.
    await service.send('/livez');
    release();
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    expect(text.match(/HTTP\/1.1 \d+/g)).to.deep.equal(['HTTP/1.1 201', 'HTTP/1.1 400']);
    expect(await service.placed()).to.have.length(1);
  });

  it('invites a body only where the invitation is not taken for a part of an answer', async () => {
    const { arrived, release } = holdOrders();
    const socket = createConnection(service.port, '127.0.0.1');
    const body = JSON.stringify(order);
    const head = 'Host: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n';
    socket.write(`POST /order/ HTTP/1.1\r\n${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n');
    socket.write('Connection: close\r\n\r\n');
    await arrived;
    await service.send('/livez');
    release();
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    await once(socket, 'close');
    const statuses = ['HTTP/1.1 100', 'HTTP/1.1 201', 'HTTP/1.1 100', 'HTTP/1.1 200'];
    expect(text.match(/HTTP\/1.1 \d+/g)).to.deep.equal(statuses);
    expect(text).to.match(/\r\n\r\n\{"status":"ok"\}$/);
  });

  it('refuses a request that does not arrive in time', async () => {
    const place = { host: '127.0.0.1', port: 0, arrivalMs: 100 };
    const server = await startServer((req) => void req.resume(), place);
    const socket = createConnection(server.address.port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n');
    const [text] = await once(socket, 'data');
    expect(`${text}`).to.match(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(`${text}`).to.include('/problems/request-timeout');
    socket.destroy();
    await server.stop(AbortSignal.abort());
  });

  it('closes connections beyond the most at once', async () => {
    const server = await startServer((_req, res) => void res.end(), {
      ...{ host: '127.0.0.1', port: 0, maxConnections: 1 },
    });
    const connect = () => createConnection(server.address.port, '127.0.0.1').on('error', () => {});
    const [first, second] = [connect(), connect()];
    await once(second, 'close');
    first.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [text] = await once(first, 'data');
    expect(`${text}`).to.match(/^HTTP\/1.1 200 /);
    first.destroy();
    await server.stop(AbortSignal.abort());
  });

  it('refuses a request whose head does not arrive in time', async () => {
    const place = { host: '127.0.0.1', port: 0, headMs: 100 };
    const server = await startServer((_req, res) => void res.end(), place);
    const socket = createConnection(server.address.port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
    const [text] = await once(socket, 'data');
    expect(`${text}`).to.match(/^HTTP\/1.1 408 Request Timeout\r\n/);
    await server.stop(AbortSignal.abort());
  });

  const host = 'Host: a\r\nConnection: close\r\n\r\n';
  const longHead = `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16 * 1024)}\r\n\r\n`;
  for (const [what, sent, status, code] of [
    ['is not HTTP', 'hello\r\n\r\n', 400, 'malformed-request'],
    [
      'has NUL in its path',
      'GET /order/a\0b HTTP/1.1\r\nHost: a\r\n\r\n',
      400,
      'malformed-request',
    ],
    ['has a head that is too large', longHead, 431, 'head-too-large'],
    ['names no host', 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'malformed-request'],
    [
      'has in its path what looks like a host',
      `GET //a@[::1/#x HTTP/1.1\r\n${host}`,
      404,
      'not-found',
    ],
  ] as const) {
    it(`has a problem even for what ${what}`, async () => {
      const socket = createConnection(service.port, '127.0.0.1');
      socket.write(sent);
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      await once(socket, 'close');
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect(head)
        .to.match(new RegExp(`^HTTP/1.1 ${status} `))
        .and.match(/Content-Type: application\/problem\+json/);
      expect(JSON.parse(body)).to.include({ type: `/problems/${code}`, status });
      expect(head).to.include(`X-Request-Id: ${JSON.parse(body).request_id}`);
    });
  }

  it('answers a request of HTTP/1.0, which need not name a host', async () => {
    const socket = createConnection(service.port, '127.0.0.1');
    socket.write('GET /livez HTTP/1.0\r\n\r\n');
    const [text] = await once(socket, 'data');
    expect(`${text}`).to.match(/^HTTP\/1.1 200 /);
    socket.destroy();
  });

  it('logs a request that names no host', async () => {
    const socket = createConnection(service.port, '127.0.0.1');
    socket.write('GET /order/9 HTTP/1.1\r\nX-Request-Id: r-1\r\nConnection: close\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(service.lines.at(-1)).to.include({ request_id: 'r-1', path: '/order/9', status: 400 });
  });
});
