import { expect } from 'chai';
import fc from 'fast-check';

import { failedAttempt, findOrderAndPlace, type Outcome, placeOrders } from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, leaseMs, newOrder, nothing, place, sweep } from './given.ts';

const policy = { maxAttempts: 9, retryBackoffMs: 60_000 };

onEveryDatabase('the place in the queue', (subject) => {
  async function placeOf(orderId: string) {
    const found = await findOrderAndPlace(subject.database, orderId);
    if (found === undefined) throw new Error(`no order ${orderId}`);
    return found.place;
  }

  it('is 1 for the next order, and counts up from there', async () => {
    await place(subject.database, 'a', 'b', 'c');
    await claim(subject.database, 'w', 1);
    expect((await placeOf('b')).position).to.equal(1);
    expect((await placeOf('c')).position).to.equal(2);
  });

  it('is none for an order that is not waiting for a worker, nor for one that nobody placed', async () => {
    const { database } = subject;
    await place(database, 'running', 'retrying', 'done');
    const [, retrying, done] = await claim(database, 'w', 3);
    const outcomes = [
      failedAttempt(retrying as never, 'no', policy, () => 1),
      { claim: done, result: 'completed' } as Outcome,
    ];
    await settleAndClaim(database, outcomes, nothing);
    for (const id of ['running', 'retrying', 'done']) {
      expect(await placeOf(id), id).to.deep.equal({ position: null, estimatedStartAt: null });
    }
    expect(await findOrderAndPlace(database, 'unknown')).to.equal(undefined);
  });

  it('counts across thousands of orders', async () => {
    const { database } = subject;
    await placeOrders(
      database,
      Array.from({ length: 5000 }, (_, i) => newOrder(`o${i + 1}`)),
    );
    await claim(database, 'w', 1500);
    for (const i of [1501, 2047, 2048, 2049, 5000]) {
      expect((await placeOf(`o${i}`)).position, `o${i}`).to.equal(i - 1500);
    }
  });

  it('is exact whatever is placed, claimed, handed back, retried and swept before', async () => {
    const { database, clock } = subject;
    let placed = 0;
    const operation = fc.oneof(
      fc.record({ do: fc.constant('place' as const), many: fc.integer({ min: 1, max: 1500 }) }),
      fc.record({ do: fc.constant('claim' as const), many: fc.integer({ min: 1, max: 1500 }) }),
      fc.record({ do: fc.constant('wait' as const), many: fc.constant(leaseMs) }),
    );
    const results = ['completed', 'released', 'failed'] as const;
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 8 }), async (operations) => {
        for (const { do: what, many } of operations) {
          if (what === 'place') {
            const orders = Array.from({ length: many }, (_, i) => newOrder(`o${placed + i}`));
            await placeOrders(database, orders);
            placed += many;
          } else if (what === 'claim') {
            const claims = await claim(database, 'w', many);
            const outcomes = claims
              .filter((_, i) => i % 4 < 3)
              .map((one, i): Outcome => {
                const result = results[i % 3] as (typeof results)[number];
                return result === 'failed'
                  ? failedAttempt(one, 'no', policy)
                  : { claim: one, result };
              });
            await settleAndClaim(database, outcomes, nothing);
          } else {
            clock.now += many;
            await sweep(database, policy);
          }
        }
        const waiting = await database.reader
          .selectFrom('orders')
          .select('order_id')
          .where('status', '=', 'PENDING')
          .where('not_before', 'is', null)
          .orderBy('seq')
          .execute();
        for (let i = 0; i < waiting.length; i += Math.ceil(waiting.length / 7)) {
          expect((await placeOf(waiting[i]?.order_id as string)).position).to.equal(i + 1);
        }
      }),
      { numRuns: 20 },
    );
  });

  describe('comes with an estimate of the start', () => {
    it('that goes by the starts of the last minute', async () => {
      const { database, clock } = subject;
      await place(database, ...Array.from({ length: 30 }, (_, i) => `o${i}`));
      for (let i = 0; i < 10; i += 1) {
        const [held] = await claim(database, 'w', 1);
        clock.now += 2000;
        const outcome = { claim: held, result: 'completed' } as Outcome;
        await settleAndClaim(database, [outcome], nothing);
      }
      expect((await placeOf('o10')).estimatedStartAt).to.equal(clock.now + 2000);
      expect((await placeOf('o29')).estimatedStartAt).to.equal(clock.now + 40_000);
      clock.now += 10_000;
      expect((await placeOf('o10')).estimatedStartAt).to.equal(clock.now + 3000);
    });

    it('that counts what is in hand, and what has failed', async () => {
      const { database, clock } = subject;
      await place(database, 'a', 'b', 'c', 'd');
      const [a] = await claim(database, 'w', 2);
      clock.now += 3000;
      const failed = failedAttempt(a as never, 'no', { ...policy, maxAttempts: 1 });
      await settleAndClaim(database, [failed], nothing);
      expect((await placeOf('d')).estimatedStartAt).to.equal(clock.now + 3000);
    });

    it('but with none while nothing was started lately', async () => {
      const { database, clock } = subject;
      await place(database, 'a', 'b');
      expect(await placeOf('b')).to.deep.equal({ position: 2, estimatedStartAt: null });
      const [a] = await claim(database, 'w', 1);
      await settleAndClaim(database, [{ claim: a, result: 'completed' } as Outcome], nothing);
      clock.now += 60_000;
      await claim(database, 'idle', 0);
      expect(await placeOf('b')).to.deep.equal({ position: 1, estimatedStartAt: null });
    });

    it('but with none while no worker is alive', async () => {
      const { database, clock } = subject;
      await place(database, 'a', 'b');
      await claim(database, 'w', 1);
      clock.now += leaseMs - 1;
      expect((await placeOf('b')).estimatedStartAt).to.be.a('number');
      clock.now += 1;
      expect(await placeOf('b')).to.deep.equal({ position: 1, estimatedStartAt: null });
    });
  });
});
