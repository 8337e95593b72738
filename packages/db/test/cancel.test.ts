import { expect } from 'chai';

import {
  type Cancellation,
  cancelOrder,
  diedInHand,
  failedAttempt,
  findCancelRequests,
  findOrder,
  type Outcome,
  readHistory,
  readMetrics,
  retryOrder,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, ids, leaseMs, nothing, place, sweep } from './given.ts';

const policy = { maxAttempts: 2, retryBackoffMs: 1000 };

onEveryDatabase('cancelling an order', (subject) => {
  const history = async (orderId: string) =>
    (await readHistory(subject.database, orderId)).map(({ type }) => type);
  const claimOne = async () => {
    const [held] = await claim(subject.database, 'w', 1);
    if (held === undefined) throw new Error('no claim');
    return held;
  };
  const settle = (outcome: Outcome) => settleAndClaim(subject.database, [outcome], nothing);

  it('takes a pending one out of the queue at once, and keeps the reason', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    clock.now += 1000;
    const { outcome } = await cancelOrder(database, 'a', 'a whim');

    expect(outcome).to.equal('cancelled');
    expect(await findOrder(database, 'a')).to.include({
      ...{ status: 'CANCELLED', attempts: 0, startedAt: null, lastError: null },
      ...{ finishedAt: clock.now, cancelRequestedAt: clock.now },
    });
    expect((await readHistory(database, 'a')).at(-1)).to.include({
      ...{ type: 'cancelled', at: clock.now, attempt: 0, worker: null, detail: 'a whim' },
    });
    expect(ids(await claim(database, 'w', 2))).to.deep.equal(['b']);
    expect(await readMetrics(database)).to.include({ totalOrders: 2, cancelledOrders: 1 });
  });

  it('takes one back that waits for its next attempt', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await settle(failedAttempt(await claimOne(), 'no stock', policy, () => 1));
    await cancelOrder(database, 'a', null);

    expect(await findOrder(database, 'a')).to.include({
      ...{ status: 'CANCELLED', attempts: 1, notBefore: null, lastError: 'no stock' },
    });
    clock.now += 3_600_000;
    expect((await sweep(database, policy)).due).to.equal(0);
  });

  it('tells an order that nobody placed from one that has ended', async () => {
    const { database } = subject;
    await place(database, 'a', 'b');
    await settle({ claim: await claimOne(), result: 'completed' });
    await settle(failedAttempt(await claimOne(), 'no', { ...policy, maxAttempts: 1 }));

    expect(await cancelOrder(database, 'x', null)).to.deep.equal({ outcome: 'unknown' });
    for (const orderId of ['a', 'b']) {
      const before = await findOrder(database, orderId);
      expect(await cancelOrder(database, orderId, null)).to.deep.equal({
        ...{ outcome: 'ended', order: before },
      });
      expect(await findOrder(database, orderId)).to.deep.equal(before);
    }
  });

  it('changes nothing when it is asked for again', async () => {
    const { database, clock } = subject;
    await place(database, 'running', 'pending');
    await claimOne();
    for (const [orderId, outcome] of [
      ['running', 'requested'],
      ['pending', 'cancelled'],
    ] as const) {
      const first = await cancelOrder(database, orderId, 'first');
      const recorded = await readHistory(database, orderId);
      clock.now += 1000;
      expect(await cancelOrder(database, orderId, 'second')).to.deep.equal(first);
      expect(first.outcome).to.equal(outcome);
      expect(await readHistory(database, orderId)).to.deep.equal(recorded);
    }
  });

  describe('that a worker holds', () => {
    beforeEach(() => place(subject.database, 'a'));

    it('leaves it with the worker, who is told', async () => {
      const { database, clock } = subject;
      const { order, attempt } = await claimOne();
      expect(await findCancelRequests(database, 'w')).to.deep.equal([]);
      clock.now += 1000;
      const asked = await cancelOrder(database, 'a', 'a whim');

      expect(asked).to.deep.equal({
        ...{ outcome: 'requested', order: { ...order, cancelRequestedAt: clock.now } },
      });
      expect(await findCancelRequests(database, 'w')).to.deep.equal([{ seq: order.seq, attempt }]);
      expect(await findCancelRequests(database, 'another')).to.deep.equal([]);
      expect((await readHistory(database, 'a')).at(-1)).to.include({
        ...{ type: 'cancel_requested', attempt: 1, worker: 'w', detail: 'a whim' },
      });
      expect(await readMetrics(database)).to.include({ processingOrders: 1, cancelledOrders: 0 });
    });

    const ends: [string, (held: Awaited<ReturnType<typeof claimOne>>) => Outcome][] = [
      ['fails with attempts left', (held) => failedAttempt(held, 'given up', policy, () => 1)],
      ['fails for good', (held) => failedAttempt(held, 'given up', { ...policy, maxAttempts: 1 })],
      ['is handed back', (held) => ({ claim: held, result: 'released' })],
      ['dies alone', (held) => diedInHand(held, 'gone', policy)],
      ['dies in company', (held) => ({ claim: held, result: 'interrupted', error: 'gone' })],
    ];
    for (const [what, end] of ends) {
      it(`ends it as Cancelled when the attempt ${what}`, async () => {
        const { database, clock } = subject;
        const outcome = end(await claimOne());
        const startedAt = clock.now;
        await cancelOrder(database, 'a', 'a whim');
        clock.now += 1000;
        const { cancelled, lost } = await settle(outcome);

        expect([cancelled, lost]).to.deep.equal([[outcome], []]);
        expect(await findOrder(database, 'a')).to.include({
          ...{ status: 'CANCELLED', startedAt, finishedAt: clock.now, notBefore: null },
          // The attempt was called off, whatever it said then: that stands in the history.
          lastError: null,
        });
        expect((await readHistory(database, 'a')).at(-1)).to.include({
          ...{ type: 'cancelled', attempt: 1, worker: 'w' },
          detail: 'error' in outcome ? outcome.error : null,
        });
        expect(await readMetrics(database)).to.include({
          ...{ processingOrders: 0, cancelledOrders: 1, avgProcessingTimeSec: 0 },
        });
        expect(await findCancelRequests(database, 'w')).to.deep.equal([]);
        expect(await claim(database, 'w', 1)).to.deep.equal([]);
      });
    }

    it('ends it as Completed when it is done all the same', async () => {
      const { database } = subject;
      const held = await claimOne();
      await cancelOrder(database, 'a', null);
      expect((await settle({ claim: held, result: 'completed' })).cancelled).to.deep.equal([]);

      expect((await findOrder(database, 'a'))?.status).to.equal('COMPLETED');
      expect((await cancelOrder(database, 'a', null)).outcome).to.equal('ended');
      expect(await history('a')).to.deep.equal([
        ...['placed', 'started', 'cancel_requested', 'completed'],
      ]);
    });

    it('ends it as Cancelled when the worker dies', async () => {
      const { database, clock } = subject;
      await claimOne();
      await cancelOrder(database, 'a', null);
      clock.now += leaseMs;
      const { expired, cancelled } = await sweep(database, policy);

      expect(cancelled).to.have.length(1).and.deep.equal(expired);
      expect((await findOrder(database, 'a'))?.status).to.equal('CANCELLED');
    });

    it('does not touch the others that are settled with it', async () => {
      const { database } = subject;
      await place(database, 'b', 'c');
      const [a, b, c] = (await claim(database, 'w', 3)).map((held) =>
        failedAttempt(held, 'no', policy, () => 0),
      );
      await cancelOrder(database, 'b', null);
      const outcomes = [a, b, c] as Outcome[];

      expect((await settleAndClaim(database, outcomes, nothing)).cancelled).to.deep.equal([b]);
      const statuses = await Promise.all(
        ['a', 'b', 'c'].map(async (id) => (await findOrder(database, id))?.status),
      );
      expect(statuses).to.deep.equal(['PENDING', 'CANCELLED', 'PENDING']);
    });
  });

  it('and completing it at the same moment ends in exactly one of the two', async () => {
    const other = await subject.reopen();
    const seen = { 'completed first': 0, 'asked first': 0 };
    for (let i = 0; i < 100; i++) {
      const orderId = `o${i}`;
      await place(subject.database, orderId);
      const held = await claimOne();
      let outcome: Cancellation['outcome'] | undefined;
      const race = [
        async () => {
          outcome = (await cancelOrder(other, orderId, null)).outcome;
        },
        async () => {
          await settle({ claim: held, result: 'completed' });
        },
      ];
      if (i % 2) race.reverse();
      await Promise.all(race.map((start) => start()));

      const events = await history(orderId);
      expect((await findOrder(other, orderId))?.status).to.equal('COMPLETED');
      if (outcome === 'ended') {
        seen['completed first'] += 1;
        expect(events).to.deep.equal(['placed', 'started', 'completed']);
      } else {
        seen['asked first'] += 1;
        expect(events).to.deep.equal(['placed', 'started', 'cancel_requested', 'completed']);
      }
    }
    expect(seen['completed first'] * seen['asked first'], JSON.stringify(seen)).to.be.above(0);
    expect(await readMetrics(other)).to.include({ completedOrders: 100, cancelledOrders: 0 });
  });

  it('and claiming it at the same moment never starts one that was cancelled', async () => {
    const other = await subject.reopen();
    for (let i = 0; i < 50; i++) {
      const orderId = `o${i}`;
      await place(subject.database, orderId);
      const [asked, claims] = await Promise.all([
        cancelOrder(other, orderId, null),
        claim(subject.database, 'w', 1),
      ]);
      expect(asked.outcome).to.equal(claims.length === 0 ? 'cancelled' : 'requested');
      for (const held of claims) await settle({ claim: held, result: 'released' });
      expect((await findOrder(other, orderId))?.status).to.equal('CANCELLED');
    }
    expect(await readMetrics(other)).to.include({ totalOrders: 50, cancelledOrders: 50 });
  });
});

onEveryDatabase('retrying an order by request', (subject) => {
  const fail = async (orderId: string, died = false) => {
    const { database } = subject;
    for (let attempt = 1; (await findOrder(database, orderId))?.status !== 'FAILED'; attempt++) {
      const [held] = await claim(database, 'w', 1);
      if (held === undefined) throw new Error('no claim');
      const failed = failedAttempt(held, `error ${attempt}`, policy, () => 0);
      await settleAndClaim(database, [died ? { ...failed, died } : failed], nothing);
    }
  };

  it('makes a failed one pending, with a fresh set of attempts and all its history', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await fail('a');
    clock.now += 1000;
    const { outcome } = await retryOrder(database, 'a');

    expect(outcome).to.equal('retried');
    expect(await findOrder(database, 'a')).to.include({
      ...{ status: 'PENDING', attempts: 0, startedAt: null, finishedAt: null, notBefore: null },
      lastError: 'error 2',
    });
    await fail('a');
    expect(await findOrder(database, 'a')).to.include({ status: 'FAILED', attempts: 2 });
    const events = await readHistory(database, 'a');
    expect(events.map(({ type, attempt }) => `${type} ${attempt}`)).to.deep.equal([
      ...['placed 0', 'started 1', 'attempt_failed 1', 'started 2', 'failed 2', 'retried 2'],
      ...['started 3', 'attempt_failed 3', 'started 4', 'failed 4'],
    ]);
    expect(await readMetrics(database)).to.include({ totalOrders: 1, failedOrders: 1 });
  });

  it('makes a cancelled one pending, and forgets that it was to be cancelled', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    const [a] = await claim(database, 'w', 1);
    for (const orderId of ['a', 'b']) await cancelOrder(database, orderId, null);
    await settleAndClaim(database, [{ claim: a, result: 'released' } as Outcome], nothing);
    for (const orderId of ['a', 'b']) {
      expect((await retryOrder(database, orderId)).outcome).to.equal('retried');
      expect(await findOrder(database, orderId)).to.include({
        ...{ status: 'PENDING', attempts: 0, cancelRequestedAt: null, finishedAt: null },
      });
    }
    clock.now += 1000;
    const again = await claim(database, 'w', 2);
    await settleAndClaim(
      database,
      again.map((held) => ({ claim: held, result: 'completed' })),
      nothing,
    );

    expect(await readMetrics(database)).to.include({
      ...{ completedOrders: 2, cancelledOrders: 0, avgProcessingTimeSec: 0 },
    });
  });

  it('starts it before every order that was accepted after it', async () => {
    const { database } = subject;
    await place(database, 'a', 'b');
    await cancelOrder(database, 'a', null);
    await place(database, 'c');
    await retryOrder(database, 'a');
    expect(ids(await claim(database, 'w', 3))).to.deep.equal(['a', 'b', 'c']);
  });

  it('clears it of suspicion', async () => {
    const { database } = subject;
    await place(database, 'a', 'b');
    await fail('a', true);
    await retryOrder(database, 'a');
    expect((await claim(database, 'w', 2)).map(({ crashes }) => crashes)).to.deep.equal([0, 0]);
  });

  it('is refused while it is pending, processing or when it is completed', async () => {
    const { database } = subject;
    await place(database, 'a');
    const refused = async () => {
      const order = await findOrder(database, 'a');
      expect(await retryOrder(database, 'a')).to.deep.equal({ outcome: 'refused', order });
      expect(await findOrder(database, 'a')).to.deep.equal(order);
    };
    await refused();
    const [held] = await claim(database, 'w', 1);
    await refused();
    await cancelOrder(database, 'a', null);
    await refused();
    await settleAndClaim(database, [{ claim: held, result: 'completed' } as Outcome], nothing);
    await refused();
    expect(await retryOrder(database, 'x')).to.deep.equal({ outcome: 'unknown' });
  });

  it('lets the worker that held it before change nothing', async () => {
    const { database } = subject;
    await place(database, 'a');
    const [late] = await claim(database, 'w', 1);
    await cancelOrder(database, 'a', null);
    const released = { claim: late, result: 'released' } as Outcome;
    await settleAndClaim(database, [released], nothing);
    await retryOrder(database, 'a');
    await claim(database, 'w', 1);

    const completed = { claim: late, result: 'completed' } as Outcome;
    expect((await settleAndClaim(database, [completed], nothing)).lost).to.deep.equal([completed]);
    expect(await findOrder(database, 'a')).to.include({ status: 'PROCESSING', attempts: 1 });
  });

  it('happens once when it is asked for twice at the same moment', async () => {
    const { database } = subject;
    await place(database, 'a');
    await cancelOrder(database, 'a', null);
    const other = await subject.reopen();
    const asked = await Promise.all([retryOrder(database, 'a'), retryOrder(other, 'a')]);
    expect(asked.map(({ outcome }) => outcome)).to.have.members(['retried', 'refused']);
    const types = (await readHistory(database, 'a')).map(({ type }) => type);
    expect(types).to.deep.equal(['placed', 'cancelled', 'retried']);
  });
});
