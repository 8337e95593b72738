import {
  type Claim,
  failedAttempt,
  type Outcome,
  readHistory,
  register,
  settleAndClaim,
} from '@orders/db';
import { expect } from 'chai';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { databaseGone, onEveryDatabase, type Service } from './service.ts';

const json = { 'Content-Type': 'application/json' };
const placedAt = '2026-01-05T09:30:00.120Z';
const gone = { maxAttempts: 1, retryBackoffMs: 0 };

onEveryDatabase('changing an order', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
    await register(service.file, 'w', 60_000);
  });
  after(() => service.stop());
  beforeEach(() => service.place(order));
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.reset();
  });

  const cancel = (body?: unknown, headers: Record<string, string> = json) =>
    service.send('/order/123/cancel', {
      method: 'POST',
      ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
    });
  const retry = (path = '/order/123/retry') => service.send(path, { method: 'POST' });
  const claim = async () => {
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    return (await settleAndClaim(service.file, [], request)).claims[0] as Claim;
  };
  const settle = (outcome: Outcome) =>
    settleAndClaim(service.file, [outcome], {
      ...{ worker: 'w', places: 0, holding: 0, concurrency: 1 },
    });
  const lastEvent = async () => (await readHistory(service.file, '123')).at(-1);

  describe('by cancelling it', () => {
    it('answers 200 and the cancelled order while no worker is at it, and the same again', async () => {
      const answer = await cancel({ reason: 'the customer changed their mind' });
      expect(answer.status).to.equal(200);
      expect(answer.json).to.include({ order_id: '123', status: 'Cancelled', attempts: 0 });
      expect(answer.json).to.include({ finished_at: placedAt, cancel_requested_at: placedAt });
      expect(answer.json.completed_at).to.equal(null);
      expect(await lastEvent()).to.include({
        ...{ type: 'cancelled', detail: 'the customer changed their mind' },
      });

      const again = await cancel();
      expect([again.status, again.json]).to.deep.equal([200, answer.json]);
      expect((await service.send('/order/123')).json).to.deep.include(answer.json);
      expect((await service.send('/metrics/')).json.cancelled_orders).to.be.above(0);
    });

    it('answers 202 while a worker is at it, and 200 once the worker gave up', async () => {
      const held = await claim();
      for (const _ of [1, 2]) {
        const asked = await cancel();
        expect(asked.status).to.equal(202);
        expect(asked.json).to.include({ status: 'Processing', cancel_requested_at: placedAt });
      }
      await settle(failedAttempt(held, 'given up', gone));
      const ended = await cancel();
      expect(ended.status).to.equal(200);
      expect(ended.json).to.include({ status: 'Cancelled', attempts: 1, last_error: null });
    });

    it('is refused when it has ended, and told how', async () => {
      await settle({ claim: await claim(), result: 'completed' });
      const completed = await cancel();
      expectProblem(completed, 'order-not-cancellable', 'The order is Completed');
      expect(completed.json.current_status).to.equal('Completed');

      await service.place({ ...order, order_id: '124' });
      await settle(failedAttempt(await claim(), 'no', gone));
      const failed = await service.send('/order/124/cancel/', { method: 'POST' });
      expectProblem(failed, 'order-not-cancellable');
      expect(failed.json).to.include({ current_status: 'Failed', instance: '/order/124/cancel/' });
    });

    it('needs no body, however that is said', async () => {
      for (const headers of [{}, json, { ...json, 'Transfer-Encoding': 'chunked' }]) {
        const answer = await service.send('/order/123/cancel', { method: 'POST', headers });
        expect(answer.status).to.equal(200);
      }
      expect((await cancel({})).status).to.equal(200);
      expect((await lastEvent())?.detail).to.equal(null);
    });

    it('keeps the reason as it was sent', async () => {
      const reason = `"Ä\u2028'\\, 😀${'😀'.repeat(490)}`;
      expect((await cancel({ reason })).status).to.equal(200);
      expect((await lastEvent())?.detail).to.equal(reason);
    });

    const control = 'must not contain control characters or halves of a character';
    for (const [what, body, ...faults] of [
      ['a number as reason', { reason: 7 }, ['#/reason', 'type', 'must be text']],
      ['an empty reason', { reason: '' }, ['#/reason', 'minLength', /fewer than 1 char/]],
      ['a long reason', { reason: 'x'.repeat(501) }, ['#/reason', 'maxLength', /500 char/]],
      ['a line end', { reason: 'a\nb' }, ['#/reason', 'pattern', control]],
      ['NUL', { reason: 'a\0' }, ['#/reason', 'pattern', control]],
      ['half a character', { reason: '\ud83d' }, ['#/reason', 'pattern', control]],
      ['an unknown field', { why: 'x' }, ['#/why', 'additionalProperties', /not a known field/]],
      ['a list as body', [], ['#', 'type', 'must be an object']],
      ['null as body', null, ['#', 'type', 'must be an object']],
    ] as [string, unknown, ...Parameters<typeof expectFaults>[1]][]) {
      it(`is refused with every fault: ${what}`, async () => {
        expectFaults(await cancel(body), faults);
        expect((await service.send('/order/123')).json.status).to.equal('Pending');
      });
    }

    it('is refused when the body cannot be read', async () => {
      const send = (headers: Record<string, string>, body: string) =>
        service.send('/order/123/cancel', { method: 'POST', headers, body });
      expectProblem(await send(json, '{"reason"'), 'invalid-json');
      expectProblem(await send({ 'Content-Type': 'text/plain' }, 'why'), 'unsupported-media-type');
      expectProblem(await send(json, `"${'x'.repeat(65_536)}"`), 'body-too-large');
      expect((await service.send('/order/123')).json.status).to.equal('Pending');
    });
  });

  describe('by retrying it', () => {
    it('answers 200 and the pending order when it was cancelled or failed', async () => {
      await cancel();
      const cancelled = await retry();
      expect(cancelled.status).to.equal(200);
      expect(cancelled.json).to.include({
        ...{ status: 'Pending', attempts: 0, finished_at: null, cancel_requested_at: null },
      });

      await settle(failedAttempt(await claim(), 'no stock', gone));
      expect((await service.send('/order/123')).json).to.include({ status: 'Failed', attempts: 1 });
      const failed = await retry('/order/123/retry/');
      expect(failed.status).to.equal(200);
      expect(failed.json).to.include({
        ...{ status: 'Pending', attempts: 0, started_at: null, last_error: 'no stock' },
      });
      expect((await service.send('/order/123')).json).to.deep.include(failed.json);
    });

    it('is refused while there is nothing to retry, and told how the order stands', async () => {
      const refused = async (status: string) => {
        const answer = await retry();
        expectProblem(answer, 'order-not-retryable', `The order is ${status}`);
        expect(answer.json.current_status).to.equal(status);
      };
      await refused('Pending');
      const held = await claim();
      await refused('Processing');
      await settle({ claim: held, result: 'completed' });
      await refused('Completed');
    });

    it('does not look at a body', async () => {
      await cancel();
      for (const [type, status] of [
        ['text/plain', 200],
        ['application/json', 409],
      ] as const) {
        const headers = { 'Content-Type': type };
        const sent = { method: 'POST', headers, body: 'not JSON' };
        expect((await service.send('/order/123/retry', sent)).status).to.equal(status);
      }
    });
  });

  for (const change of ['cancel', 'retry']) {
    it(`is refused for an order that nobody placed, or an id that is none: ${change}`, async () => {
      const send = (path: string) => service.send(path, { method: 'POST' });
      const unknown = await send(`/order/999/${change}`);
      expectProblem(unknown, 'order-not-found', 'Order not found');
      expectFaults(await send(`/order/a%2Fb/${change}`), [['order_id', 'pattern']]);
      expectFaults(await send(`/order/123/${change}?a=1`), [['a', 'additionalProperties']]);
      expect(service.lines.find(({ order_id }) => order_id === '999')).to.include({ status: 404 });
    });

    it(`is possible with POST alone: ${change}`, async () => {
      const answer = await service.send(`/order/123/${change}`);
      expectProblem(answer, 'method-not-allowed');
      expect(answer.headers.allow).to.equal('POST');
    });

    it(`asks to try again while there is no database: ${change}`, async () => {
      service.fault.error = databaseGone();
      const answer = await service.send(`/order/123/${change}`, { method: 'POST' });
      expectProblem(answer, 'database-unavailable');
      expect(service.lines.pop()?.status).to.equal(503);
      expect(service.lines.pop()?.err).to.equal(service.fault.error);
    });
  }
});
