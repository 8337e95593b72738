import { type ContractDocument, loadContract, type Operation } from '@orders/contract';
import { expect } from 'chai';
import { accessOf } from '../../src/auth/access.ts';
import { KeysUnavailable } from '../../src/auth/keys.ts';
import { expectNoErrors, expectProblem, order } from '../expectations.ts';
import { type Service, startService } from '../service.ts';
import { as, token, verifier } from './given.ts';

/** Every operation of the contract, with a path to try it by. */
function* operations({ paths }: ContractDocument): Generator<[string, string, Operation]> {
  for (const [path, item] of Object.entries(paths)) {
    const tried = path.replace('{order_id}', '123').replace('{code}', 'not-found');
    for (const [method, operation] of Object.entries(item)) {
      yield [method.toUpperCase(), tried, operation];
    }
  }
}

describe('with authentication', () => {
  let service: Service;
  before(async () => {
    service = await startService(undefined, verifier());
  });
  after(() => service.stop());
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.reset();
  });

  const known = [...operations(loadContract().document)];
  for (const [method, path, operation] of known) {
    const access = accessOf(operation);
    if (access === 'open') {
      it(`${method} ${path} is open`, async () => {
        const headers = { Authorization: 'Bearer nonsense' };
        expect((await service.send(path, { method, headers })).status).to.not.be.oneOf([401, 403]);
      });
      continue;
    }

    it(`${method} ${path} wants a token`, async () => {
      const answer = await service.send(path, { method });
      expectProblem(answer, 'unauthenticated');
      expect(answer.headers['www-authenticate']).to.equal('Bearer realm="orders"');
    });

    it(`${method} ${path} wants ${access.join(' or ')}`, async () => {
      const enough = access.flat();
      const others = ['orders:write', 'orders:read', 'orders:admin', 'metrics:read', 'x'];
      const scope = others.filter((other) => !enough.includes(other)).join(' ');
      const answer = await service.send(path, { method, headers: await as('user_1', scope) });
      expectProblem(answer, 'forbidden', `This needs the scope ${enough[0]}`);
      expect(answer.headers['www-authenticate']).to.equal(
        `Bearer realm="orders", error="insufficient_scope", scope="${enough[0]}"`,
      );
      for (const one of enough) {
        const headers = await as('user_1', `y ${one}`);
        expect((await service.send(path, { method, headers })).status).to.not.be.oneOf([401, 403]);
      }
    });
  }

  it('is asked of HEAD as of GET, and of paths however they are written', async () => {
    for (const path of ['/order/123', '/order/123/', '/metrics', '/%6fvents', '/order/%62atch']) {
      const answer = await service.send(path, { method: 'HEAD' });
      expect(answer.status, path).to.be.oneOf([401, 404]);
    }
    const absolute = await service.send('http://127.0.0.1:1/order/123');
    expectProblem(absolute, 'unauthenticated');
    for (const path of ['/order//', '//order/123', '/docs/../order/123', '/ORDER/123']) {
      expectProblem(await service.send(path), 'not-found');
    }
    expectProblem(await service.send('/order/%62atch', { method: 'POST' }), 'method-not-allowed');
  });

  it('says what is wrong with a token', async () => {
    const past = Math.floor(Date.now() / 1000) - 60;
    const expired = await token({ sub: 'user_1', scope: 'orders:read', exp: past });
    const headers = { Authorization: `bearer ${expired}` };
    const answer = await service.send('/order/123', { headers });
    expectProblem(answer, 'unauthenticated', 'The token is refused: it has expired');
    expect(answer.headers['www-authenticate']).to.equal(
      'Bearer realm="orders", error="invalid_token", ' +
        'error_description="The token is refused: it has expired"',
    );
  });

  for (const header of ['', 'Basic dXNlcjpwYXNz', 'Bearer', 'Token x', 'xBearer y']) {
    it(`takes ${JSON.stringify(header)} for no token`, async () => {
      const answer = await service.send('/metrics/', { headers: { Authorization: header } });
      expectProblem(answer, 'unauthenticated', /^Send a token/);
      expect(answer.headers['www-authenticate']).to.equal('Bearer realm="orders"');
    });
  }

  it('takes no token from the address, where logs and histories would keep it', async () => {
    const jwt = await token({ sub: 'user_1', scope: 'orders:read' });
    expectProblem(await service.send(`/order/123?access_token=${jwt}`), 'unauthenticated');
  });

  it('refuses before it reads a body', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await service.send('/order/', { method: 'POST', headers, body: '{' });
    expectProblem(answer, 'unauthenticated');
  });

  it('logs who asks, and no token', async () => {
    const headers = await as('user_1', 'orders:read');
    await service.send('/order/123', { headers });
    await service.send('/order/', { method: 'POST', headers });
    await service.send('/order/123', { headers: { Authorization: `${headers.Authorization}x` } });
    expect(service.lines.map(({ user }) => user)).to.deep.equal(['user_1', 'user_1', undefined]);
    expect(JSON.stringify(service.lines)).to.not.include(headers.Authorization.slice(7, 40));
  });

  it('places an order for the user of the token, and for nobody else', async () => {
    const headers = {
      'Content-Type': 'application/json',
      ...(await as('user_1', 'orders:write')),
    };
    const place = (body: object) =>
      service.send('/order/', { method: 'POST', headers, body: JSON.stringify(body) });
    expect((await place(order)).status).to.equal(201);
    const answer = await place({ ...order, order_id: '124', user_id: 'user_2' });
    expectProblem(answer, 'forbidden', /for the user of the token only/);
    expect(answer.headers['www-authenticate']).to.match(
      /"insufficient_scope", scope="orders:admin"/,
    );
    expect(await service.placed()).to.have.length(1);
  });
});

describe('while the keys of tokens cannot be read', () => {
  it('nobody is let in, and asked to come back', async () => {
    const service = await startService(undefined, () =>
      Promise.reject(new KeysUnavailable('no answer')),
    );
    const answer = await service.send('/metrics/', { headers: await as('user_1', 'metrics:read') });
    expectProblem(answer, 'authentication-unavailable');
    expect(answer.headers['retry-after']).to.equal('10');
    expect((await service.send('/livez')).status).to.equal(200);
    await service.stop();
  });
});
