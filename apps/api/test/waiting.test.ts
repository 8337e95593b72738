import { EventEmitter } from 'node:events';
import { request as sendRequest } from 'node:http';
import { type FeedEvent, type OrderStatus, register, settleAndClaim } from '@orders/db';
import { expect } from 'chai';
import type { Response } from 'express';
import type { Follower, Hub } from '../src/feed/hub.ts';
import { readerWhenEnded } from '../src/feed/wait.ts';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { onEveryDatabase, type Service } from './service.ts';

describe('a wait for an order', () => {
  it('goes on behind an end that is told late, when the order has been tried again since', async () => {
    const statuses: OrderStatus[] = ['PENDING', 'PENDING', 'PROCESSING', 'COMPLETED'];
    let tell: Follower = () => {};
    let readings = 0;
    const read = async () => ({ order: { status: statuses[readings++] as OrderStatus } });
    const hub = {
      async follow(follower: Follower) {
        tell = follower;
        return { position: 0, stop() {} };
      },
    } as unknown as Hub;
    let entered = 0;
    const followers = {
      enter() {
        entered += 1;
        return () => {
          entered -= 1;
        };
      },
    };
    const stopping = new AbortController().signal;
    const locals = { caller: { expiresAt: Number.POSITIVE_INFINITY } };
    const res = Object.assign(new EventEmitter(), { closed: false, locals });

    const readWhenEnded = readerWhenEnded(read, { hub, followers, stopping });
    const answer = readWhenEnded('123', 60_000, res as unknown as Response);
    for (const end of ['CANCELLED', 'FAILED', 'COMPLETED'] as const) {
      const before = readings;
      while (entered === 0) await new Promise(setImmediate);
      tell([{ status: end }, { status: 'PENDING' }] as unknown as FeedEvent[]);
      while (readings === before) await new Promise(setImmediate);
    }
    expect((await answer)?.order.status).to.equal('COMPLETED');
    expect([readings, entered]).to.deep.equal([4, 0]);
  });
});

onEveryDatabase('waiting for an order', (startService) => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
    await register(service.file, 'w', 60_000);
    await service.place(order);
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });

  const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
  async function complete(): Promise<void> {
    const { claims } = await settleAndClaim(service.file, [], request);
    const outcomes = claims.map((claim) => ({ claim, result: 'completed' }) as const);
    await settleAndClaim(service.file, outcomes, { ...request, places: 0 });
  }
  /** Resolves when somebody waits in the service. */
  const waiting = async () => {
    while (service.file.ownWatchers.size === 0) await new Promise(setImmediate);
  };

  it('is answered as soon as it has ended, as it stands then', async () => {
    const began = performance.now();
    const answer = service.send('/order/123?wait=60');
    await waiting();
    await complete();
    expect((await answer).json).to.include({ order_id: '123', status: 'Completed' });
    expect(performance.now() - began).to.be.below(5000);
  });

  it('is answered as it stands when the time is over', async () => {
    const began = performance.now();
    const { json } = await service.send('/order/123?wait=1');
    expect(json).to.include({ status: 'Pending' });
    expect(performance.now() - began).to.be.within(990, 5000);
  });

  it('is answered at once when it had ended, or was never placed', async () => {
    await complete();
    expect((await service.send('/order/123?wait=60')).json).to.include({ status: 'Completed' });
    expectProblem(await service.send('/order/999?wait=60'), 'order-not-found');
    expect((await service.send('/order/123?wait=0')).status).to.equal(200);
  });

  it('may be asked for with Prefer, which is acknowledged and capped', async () => {
    await complete();
    for (const [Prefer, applied] of [
      ['wait=30', 'wait=30'],
      ['respond-async, Wait = "5"; x', 'wait=5'],
      ['wait=3600', 'wait=60'],
      ['wait=0', 'wait=0'],
      ['wait=soon', undefined],
      ['wait=-1', undefined],
      ['await=5', undefined],
      ['wait', undefined],
    ] as const) {
      const answer = await service.send('/order/123', { headers: { Prefer } });
      expect(answer.status).to.equal(200);
      expect(answer.headers['preference-applied'], Prefer).to.equal(applied);
    }
    const headers = { Prefer: 'wait=30' };
    const both = await service.send('/order/123?wait=1', { headers });
    expect(both.headers).to.not.have.property('preference-applied');
  });

  it('is refused above 60 seconds, and for what is no number', async () => {
    expectFaults(await service.send('/order/123?wait=61'), [['wait', 'maximum']]);
    expectFaults(await service.send('/order/123?wait=-1'), [['wait', 'minimum']]);
    expectFaults(await service.send('/order/123?wait=1.5'), [['wait', 'type']]);
    expectFaults(await service.send('/order/123?wait=1e400'), [['wait', 'type']]);
  });

  it('costs one reading for a hundred clients, and none when nobody waits any more', async () => {
    let readings = 0;
    const { reader } = service.file;
    const transaction = reader.transaction.bind(reader);
    reader.transaction = () => {
      readings += 1;
      return transaction();
    };
    const answers = Array.from({ length: 100 }, () => service.send('/order/123?wait=60'));
    // Each client reads the order once before it waits; the end of the feed is found once.
    while (readings < 101) await new Promise(setImmediate);
    await complete();
    const statuses = (await Promise.all(answers)).map(({ json }) => json.status);
    expect(new Set(statuses)).to.deep.equal(new Set(['Completed']));
    expect(readings).to.be.within(103, 110);
    expect(service.file.ownWatchers.size).to.equal(0);
    const before = readings;
    const another = { orderId: '124', userId: 'u', itemIds: 'i', requestId: 'r' };
    await service.placer.place({ ...another, totalMinor: 1, currency: 'USD' });
    expect(readings).to.equal(before);
  });

  it('frees the place of a client that goes away', async () => {
    const path = '/order/123?wait=60';
    const sent = sendRequest({ port: service.port, host: '127.0.0.1', path, agent: false });
    sent.on('error', () => {});
    sent.end();
    await waiting();
    sent.destroy();
    while (service.file.ownWatchers.size > 0) await new Promise(setImmediate);
  });

  it('is answered at once when the service stops', async () => {
    const answer = service.send('/order/123?wait=60');
    await waiting();
    service.stopping.abort();
    await service.server.stop(new AbortController().signal);
    expect((await answer).json).to.include({ status: 'Pending' });
  });
});
