import { once } from 'node:events';
import { createConnection } from 'node:net';
import { closeDatabase, openDatabase } from '@orders/db';
import { expect } from 'chai';
import { startServer } from '../src/server.ts';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
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

  for (const [what, sent] of [
    ['is not HTTP', 'hello\r\n\r\n'],
    ['has NUL in its path', 'GET /order/a\0b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ] as const) {
    it(`has a problem even for what ${what}`, async () => {
      const socket = createConnection(service.port, '127.0.0.1');
      socket.write(sent);
      let text = '';
      socket.on('data', (chunk) => (text += chunk));
      await once(socket, 'close');
      const [head = '', body = ''] = text.split('\r\n\r\n');
      expect(head)
        .to.match(/^HTTP\/1.1 400 /)
        .and.match(/Content-Type: application\/problem\+json/);
      expect(JSON.parse(body)).to.include({ type: '/problems/malformed-request', status: 400 });
      expect(head).to.include(`X-Request-Id: ${JSON.parse(body).request_id}`);
    });
  }
});
