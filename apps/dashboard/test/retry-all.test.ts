import { setImmediate as turn } from 'node:timers/promises';
import { createOrdersClient } from '@orders/contract/client';
import { expect } from 'chai';
import { retryAllFailed } from '../src/retry-all.ts';

/** A service with so many failed orders, which answers each request as it is told to. */
function given(failed: number, answer: (orderId: string) => Response | Promise<Response>) {
  const retried: string[] = [];
  const ids = Array.from({ length: failed }, (_, i) => `o${i}`);
  const client = createOrdersClient('http://service');
  client.use({
    async onRequest({ request }) {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method === 'GET') {
        const from = Number(searchParams.get('cursor') ?? 0);
        const data = ids.slice(from, from + 100).map((order_id) => ({ order_id }));
        const next_cursor = from + 100 < failed ? `${from + 100}` : null;
        return Response.json({ data, has_more: next_cursor !== null, next_cursor });
      }
      const id = pathname.split('/')[2] ?? '';
      const given = await answer(id);
      if (given.ok) retried.push(id);
      return given;
    },
  });
  return { client, retried };
}

const accepted = () => Response.json({});
const refused = (status: number, headers = {}) =>
  Response.json({ detail: 'because' }, { status, headers });
const forever = new AbortController().signal;

describe('retrying all that failed', () => {
  it('takes every order once, page by page', async () => {
    const { client, retried } = given(230, accepted);
    const seen: number[] = [];
    const progress = await retryAllFailed(client, forever, ({ retried }) => seen.push(retried));
    expect(progress).to.deep.equal({ retried: 230, passed: 0 });
    expect(new Set(retried).size).to.equal(230);
    expect(seen.at(-1)).to.equal(230);
  });

  it('passes over those that somebody else was quicker with', async () => {
    const { client } = given(3, (id) => (id === 'o1' ? refused(409) : accepted()));
    expect(await retryAllFailed(client, forever, () => {})).to.deep.equal({
      retried: 2,
      passed: 1,
    });
  });

  it('waits where it is asked to go slower', async () => {
    let asked = 0;
    const { client, retried } = given(1, () => {
      asked += 1;
      return asked === 1 ? refused(429, { 'Retry-After': '0' }) : accepted();
    });
    await retryAllFailed(client, forever, () => {});
    expect([asked, retried]).to.deep.equal([2, ['o0']]);
  });

  it('ends when it is told to, and when the service refuses', async () => {
    const stop = new AbortController();
    const { client, retried } = given(230, accepted);
    await retryAllFailed(client, stop.signal, () => stop.abort());
    expect(retried.length).to.be.within(1, 8);
    const stopSlow = new AbortController();
    const slow = given(1, () => {
      stopSlow.abort();
      return refused(429, { 'Retry-After': '60' });
    });
    expect(await retryAllFailed(slow.client, stopSlow.signal, () => {})).to.deep.equal({
      ...{ retried: 0, passed: 0 },
    });
    const error = await retryAllFailed(
      given(1, () => refused(503)).client,
      forever,
      () => {},
    ).catch((error) => error);
    expect(error.message).to.equal('because');
  });

  it('has ended when it says that it was refused', async () => {
    const asked: string[] = [];
    let told = 0;
    const eightAsked = Promise.withResolvers<void>();
    const { client } = given(30, async (id) => {
      asked.push(id);
      if (asked.length === 8) eightAsked.resolve();
      if (id === 'o0') return refused(503);
      await eightAsked.promise;
      await turn();
      return accepted();
    });
    const run = retryAllFailed(client, forever, () => {
      told += 1;
    });
    const error = await run.catch((error) => error);
    const then = [asked.length, told];
    for (let i = 0; i < 100; i += 1) await turn();
    expect([asked.length, told]).to.deep.equal(then);
    expect(error.message).to.equal('because');
    expect(told).to.be.within(7, 28);
  });
});
