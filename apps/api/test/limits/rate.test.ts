import { expect } from 'chai';
import { as, verifier } from '../auth/given.ts';
import { expectNoErrors, expectProblem } from '../expectations.ts';
import { type Answer, type Service, startService } from '../service.ts';

describe('the requests of a client', () => {
  let service: Service;
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });
  const ask = (headers: Record<string, string> = {}) => service.send('/order/9', { headers });
  const left = (answer: Answer) => /r=(\d+)/.exec(`${answer.headers.ratelimit}`)?.[1];

  it('are not counted unless that is wanted', async () => {
    service = await startService();
    expect((await ask()).headers).to.not.have.any.keys('ratelimit', 'ratelimit-policy');
  });

  it('are counted down in every answer, then refused until the minute is over', async () => {
    service = await startService(undefined, undefined, { requestsPerMinute: 2 });
    const answers = [await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 404, 429]);
    expect(answers.map(left)).to.deep.equal(['1', '0', '0']);
    const [first, , refused] = answers as [Answer, Answer, Answer];
    expect(first.headers['ratelimit-policy']).to.match(/^"requests"; q=2; w=60; pk=:[\w=]+:$/);
    expect(first.headers.ratelimit).to.match(/^"requests"; r=1; t=\d+$/);
    expectProblem(refused, 'too-many-requests', 'A client may send 2 requests a minute');
    expect(Number(refused.headers['retry-after'])).to.be.within(1, 60);
    expect(refused.headers).to.not.have.property('x-ratelimit-limit');
  });

  it('are those of a user, wherever they come from, and of an address without one', async () => {
    service = await startService(undefined, verifier(), { requestsPerMinute: 1 });
    const [one, two] = [await as('user_1', 'orders:read'), await as('user_2', 'orders:read')];
    expect((await ask(one)).status).to.equal(404);
    expect((await ask(await as('user_1', 'orders:read x'))).status).to.equal(429);
    expect((await ask(two)).status).to.equal(404);
    expectProblem(await ask(), 'unauthenticated');
    expect((await ask({ Authorization: 'Bearer guessed' })).status).to.equal(429);
    // Who has a token is not kept out by those who guess at the same address.
    expect((await ask(await as('user_3', 'orders:read'))).status).to.equal(404);
  });

  it('are not counted where everybody may ask: health checks and the contract', async () => {
    service = await startService(undefined, undefined, { requestsPerMinute: 1 });
    await ask();
    expect((await ask()).status).to.equal(429);
    for (const path of ['/livez', '/readyz', '/docs', '/openapi.json', '/livez']) {
      expect((await service.send(path)).status).to.equal(200);
    }
  });

  it('are those of the address they come from, whatever they say of themselves', async () => {
    service = await startService(undefined, undefined, { requestsPerMinute: 1 });
    expect((await ask({ 'X-Forwarded-For': '192.0.2.1' })).status).to.equal(404);
    expect((await ask({ 'X-Forwarded-For': '192.0.2.2' })).status).to.equal(429);
    expect((await ask({ Forwarded: 'for=192.0.2.3' })).status).to.equal(429);
  });

  for (const trustProxy of [1, ['127.0.0.1']]) {
    it(`are those of the address that a trusted proxy names: ${trustProxy}`, async () => {
      service = await startService(undefined, undefined, { requestsPerMinute: 1, trustProxy });
      expect((await ask({ 'X-Forwarded-For': '192.0.2.1' })).status).to.equal(404);
      expect((await ask({ 'X-Forwarded-For': '192.0.2.2' })).status).to.equal(404);
      // What stands in front of what the proxy has seen may be a lie.
      expect((await ask({ 'X-Forwarded-For': '192.0.2.3, 192.0.2.2' })).status).to.equal(429);
      expect((await ask({ 'X-Forwarded-For': '2001:db8::1' })).status).to.equal(404);
      expect((await ask({ 'X-Forwarded-For': '2001:db8::2' })).status).to.equal(429);
    });
  }
});
