import { expect } from 'chai';

import { cancelOrder, failedAttempt, leave, readQueue } from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, leaseMs, nothing, place } from './given.ts';

onEveryDatabase('who works at what', (subject) => {
  it('is nobody at nothing at first', async () => {
    const { database, clock } = subject;
    expect(await readQueue(database)).to.deep.equal({
      ...{ at: clock.now, oldestPending: null, workers: [] },
    });
  });

  it('is told of each live worker, with what it holds since when, and what is next', async () => {
    const { database, clock } = subject;
    const placedAt = clock.now;
    await place(database, 'a', 'b', 'c', 'd');
    await cancelOrder(database, 'c', null);
    clock.now += 1000;
    await claim(database, 'w1', 1);
    clock.now += 1000;
    await claim(database, 'w2', 1);
    clock.now += 1000;

    const inHand = (orderId: string, startedAt: number) => ({
      ...{ startedAt, inHand: 1, orders: [{ orderId, startedAt, attempts: 1 }] },
    });
    expect(await readQueue(database)).to.deep.equal({
      at: placedAt + 3000,
      oldestPending: { orderId: 'd', placedAt },
      workers: [
        { worker: 'w1', ...inHand('a', placedAt + 1000) },
        { worker: 'w2', ...inHand('b', placedAt + 2000) },
      ],
    });
  });

  it('counts all that a worker holds, and shows the first ten', async () => {
    const { database } = subject;
    const ids = Array.from({ length: 12 }, (_, i) => `o${i}`);
    await place(database, ...ids);
    await claim(database, 'w', 12);
    const [worker] = (await readQueue(database)).workers;
    expect(worker).to.include({ inHand: 12 });
    expect(worker?.orders.map(({ orderId }) => orderId)).to.deep.equal(ids.slice(0, 10));
  });

  it('leaves out workers that are gone, and orders that wait for their next attempt', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    const [held] = await claim(database, 'idle', 1);
    const policy = { maxAttempts: 2, retryBackoffMs: 60_000 };
    const failed = failedAttempt(held as never, 'no', policy, () => 1);
    await settleAndClaim(database, [failed], nothing);
    await claim(database, 'gone', 1);
    await leave(database, 'gone');
    expect(await readQueue(database)).to.deep.equal({
      ...{ at: clock.now, oldestPending: null },
      workers: [{ worker: 'idle', startedAt: clock.now, inHand: 0, orders: [] }],
    });
    clock.now += leaseMs;
    expect((await readQueue(database)).workers).to.deep.equal([]);
  });
});
