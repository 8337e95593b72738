import { expect } from 'chai';
import { expectProblem, order } from '../expectations.ts';
import { type Service, startService } from '../service.ts';
import { as, verifier } from './given.ts';

describe('a page of somebody else, in a browser on this machine', () => {
  let service: Service;
  let at: string;
  before(async () => {
    service = await startService(undefined, undefined, {}, 'Orders.test');
    at = `127.0.0.1:${service.port}`;
  });
  afterEach(() => service.reset());
  after(() => service.stop());

  const post = (path: string, headers: Record<string, string>, body?: string) =>
    service.send(path, { method: 'POST', headers, ...(body !== undefined && { body }) });
  const evil = { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.test' };
  const refusal = 'A page of another origin may not change anything here';

  it('places no order, whatever it calls the body', async () => {
    const body = JSON.stringify(order);
    // All that a browser sends without asking first (https://fetch.spec.whatwg.org/#simple-header).
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'text/plain; charset="application/json"',
    ]) {
      const headers = { ...evil, 'Content-Type': type };
      for (const path of ['/order/', '/order/batch']) {
        expectProblem(await post(path, headers, body), 'forbidden', refusal);
      }
    }
    expect(await service.placed()).to.deep.equal([]);
  });

  it('cancels and retries nothing, for which no body is needed', async () => {
    await service.place(order);
    expectProblem(await post('/order/123/cancel', evil), 'forbidden', refusal);
    expectProblem(await post('/order/123/retry', { Origin: 'null' }), 'forbidden', refusal);
    expectProblem(
      await post('/order/123/cancel', { 'Sec-Fetch-Site': 'same-site' }),
      'forbidden',
      refusal,
    );
    expect((await service.placed())[0]).to.include({ status: 'PENDING' });
  });

  it('is told as everybody what there is not', async () => {
    expectProblem(await post('/metrics/', evil), 'method-not-allowed');
    expectProblem(await post('/nothing', evil), 'not-found');
  });

  it('of an old browser neither, which only tells its origin', async () => {
    const others = ['http://evil.test', 'http://127.0.0.1:1', 'http://localhost', 'null', ''];
    for (const Origin of others) {
      expectProblem(await post('/order/123/cancel', { Origin }), 'forbidden', refusal);
    }
  });

  it('is told apart from one of this service, from a program and from a link', async () => {
    for (const headers of [
      { 'Sec-Fetch-Site': 'same-origin', Origin: `http://${at}` },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: `http://${at}` },
      {},
    ]) {
      expectProblem(await post('/order/123/cancel', headers), 'order-not-found');
    }
    expect((await service.send('/order/', { headers: evil })).status).to.equal(200);
  });

  it('is told nothing by leading a name of its own to this machine', async () => {
    for (const Host of ['evil.test', `evil.test:${service.port}`, 'localhost.evil.test', 'a']) {
      const headers = { Host, Origin: `http://${Host}`, 'Sec-Fetch-Site': 'same-origin' };
      for (const path of ['/order/', '/docs', '/dashboard', '/docs/swagger-ui.css', '/livez']) {
        expectProblem(await service.send(path, { headers }), 'forbidden', /is no name of/);
      }
    }
  });

  it('is no hindrance to whoever asks by an address, as localhost, or as HOST says', async () => {
    for (const Host of [
      ...['127.0.0.1:8000', '127.0.0.2', '[::1]:8000', '[::ffff:127.0.0.1]', '192.168.1.2:80'],
      ...['localhost:8000', 'LOCALHOST', 'orders.localhost', 'orders.test:8000', 'ORDERS.TEST'],
    ]) {
      expect((await service.send('/order/', { headers: { Host } })).status, Host).to.equal(200);
    }
  });

  it('has no token, so that with tokens nobody need look where a request comes from', async () => {
    const own = await startService(undefined, verifier(), {}, 'orders.test');
    const headers = { ...evil, Host: 'a', ...(await as('user_1', 'orders:write')) };
    const cancel = { method: 'POST', headers };
    expectProblem(await own.send('/order/123/cancel', cancel), 'order-not-found');
    await own.stop();
  });
});
