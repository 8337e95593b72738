import { EventEmitter } from 'node:events';
import { expect } from 'chai';
import type { Response } from 'express';
import type { Caller } from '../../src/auth/caller.ts';
import { expiryOf } from '../../src/auth/expiry.ts';
import { expectNoErrors, order } from '../expectations.ts';
import { openLines } from '../lines.ts';
import { readStream } from '../reader.ts';
import { onEveryDatabase, type Service } from '../service.ts';

const hourMs = 3_600_000;
const headers = { Authorization: 'Bearer x' };
const expired =
  'The token has expired: send what has no result with a new one, it was not accepted';

describe('the expiry of a token', () => {
  it('is not waited for where the client has gone already', () => {
    const timers = () => process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;
    const before = timers();
    const locals = { caller: { expiresAt: Date.now() + hourMs } };
    const res = Object.assign(new EventEmitter(), { closed: true, locals });
    expect(expiryOf(res as unknown as Response).aborted).to.equal(false);
    expect(timers()).to.equal(before);
  });
});

onEveryDatabase('with a token that expires meanwhile', (startService) => {
  let service: Service;
  let caller: { -readonly [Of in keyof Caller]: Caller[Of] };
  beforeEach(async () => {
    const scopes = new Set(['orders:write', 'orders:read']);
    caller = { user: 'user_1', seesAll: false, scopes, expiresAt: Date.now() + hourMs };
    service = await startService(async () => caller);
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });

  const line = (order_id: string) => `${JSON.stringify({ ...order, order_id })}\n`;
  const ids = async () => (await service.placed()).map(({ order_id }) => order_id);
  const stored = { orderId: '123', userId: 'user_1', itemIds: 'a', totalMinor: 1 };
  const place = () => service.placer.place({ ...stored, currency: 'USD', requestId: 'r' });
  const open = (query = '') => openLines(service.port, { headers, query });

  it('a batch of lines is told so in its last line, and none is accepted from then on', async () => {
    const { client, next } = await open();
    client.write(line('a') + line('b'));
    expect([await next(), await next()].map((result) => result?.status)).to.deep.equal([
      ...['created', 'created'],
    ]);
    caller.expiresAt = Date.now();
    client.write(line('c') + line('d'));
    const last = await next();
    expect(last).to.include({ type: '/problems/unauthenticated', status: 401, detail: expired });
    expect(await next()).to.equal(undefined);
    expect(await ids()).to.deep.equal(['a', 'b']);
    client.destroy();
  });

  it('a batch of lines ends also while nothing is sent', async () => {
    caller.expiresAt = Date.now() + 50;
    const { client, next } = await open();
    client.write('{"half":');
    expect(await next()).to.include({ type: '/problems/unauthenticated' });
    expect(await next()).to.equal(undefined);
    client.destroy();
  });

  it('a batch of lines goes on where it ended with a new one', async () => {
    const first = await open();
    first.client.write(line('a'));
    await first.next();
    caller.expiresAt = Date.now();
    first.client.write(line('b'));
    await first.next();
    first.client.destroy();
    caller.expiresAt = Date.now() + hourMs;
    const second = await open();
    second.client.end(line('a') + line('b') + line('c'));
    const results = [await second.next(), await second.next(), await second.next()];
    expect(results.map((result) => result?.status)).to.deep.equal([
      ...['duplicate', 'created', 'created'],
    ]);
    expect(await second.next()).to.include({ created: 2, duplicates: 1 });
    expect(await ids()).to.deep.equal(['a', 'b', 'c']);
  });

  it('lines that are placed all or none are refused, and none is placed', async () => {
    caller.expiresAt = Date.now() + 50;
    const answer = openLines(service.port, { headers, query: '?error_policy=reject_everything' });
    const { client, status, next } = await answer;
    expect(status).to.equal(401);
    expect(await next()).to.include({ type: '/problems/unauthenticated', detail: expired });
    expect(await ids()).to.deep.equal([]);
    client.destroy();
  });

  it('whoever waits for an order is told how it stands', async () => {
    await place();
    caller.expiresAt = Date.now() + 50;
    const { json } = await service.send('/order/123?wait=60', { headers });
    expect(json).to.include({ status: 'Pending' });
  });

  it('a stream of events ends, whole', async () => {
    caller.expiresAt = Date.now() + 50;
    const reader = await readStream(service.port, '/events', undefined, headers);
    await reader.over;
    expect(reader.answer.complete).to.equal(true);
  });

  it('a stream goes on for longer than a timer can be set to', async () => {
    caller.expiresAt = Number.POSITIVE_INFINITY;
    const reader = await readStream(service.port, '/events', undefined, headers);
    await place();
    await reader.has(1);
    reader.leave();
  });
});
