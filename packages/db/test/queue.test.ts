import { expect } from 'chai';

import {
  createSweeper,
  diedInHand,
  failedAttempt,
  findClaims,
  findOrder,
  leave,
  type Outcome,
  readHistory,
  readMetrics,
  register,
  renewLease,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, ids, leaseMs, nothing, place, sweep } from './given.ts';

const policy = { maxAttempts: 3, retryBackoffMs: 1000 };

onEveryDatabase('the queue', (subject) => {
  const types = async (orderId: string) =>
    (await readHistory(subject.database, orderId)).map(({ type }) => type);

  it('claims the oldest orders first, at most as many as there are places', async () => {
    const { database } = subject;
    await place(database, 'c', 'a', 'b', 'd');

    expect(ids(await claim(database, 'w1', 2))).to.deep.equal(['c', 'a']);
    expect(ids(await claim(database, 'w2', 1))).to.deep.equal(['b']);
    expect(ids(await claim(database, 'w1', 0))).to.deep.equal([]);
    expect(ids(await claim(database, 'w2', 9))).to.deep.equal(['d']);
  });

  it('gives each order to one of several workers that claim at the same moment', async () => {
    const orderIds = Array.from({ length: 60 }, (_, i) => `o${i}`);
    await place(subject.database, ...orderIds);
    const workers = await Promise.all([1, 2, 3, 4].map(() => subject.reopen()));
    const claimed = await Promise.all(
      workers.flatMap((database, i) => [1, 2, 3].map((j) => claim(database, `w${i}.${j}`, 5))),
    );

    expect(claimed.flatMap(ids).toSorted()).to.deep.equal(orderIds.toSorted());
  });

  it('settles and claims in one transaction', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    const [first] = await claim(database, 'w', 1);
    clock.now += 2000;
    clock.reads = 0;
    const outcomes = [{ claim: first, result: 'completed' } as Outcome];
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    const { claims, lost } = await settleAndClaim(database, outcomes, request);

    expect(clock.reads).to.equal(1);
    expect(ids(claims)).to.deep.equal(['b']);
    expect(lost).to.deep.equal([]);
    expect(await findOrder(database, 'a')).to.include({
      status: 'COMPLETED',
      attempts: 1,
      startedAt: clock.now - 2000,
      finishedAt: clock.now,
    });
    expect(await types('a')).to.deep.equal(['placed', 'started', 'completed']);
  });

  it('keeps a retried order back until it is due', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    const [first] = await claim(database, 'w', 1);
    if (first === undefined) throw new Error('no claim');
    const failed = failedAttempt(first, 'no stock', policy, () => 0.5);
    await settleAndClaim(database, [failed], nothing);

    expect(await findOrder(database, 'a')).to.include({
      status: 'PENDING',
      notBefore: clock.now + 500,
      startedAt: null,
      lastError: 'no stock',
      attempts: 1,
    });
    clock.now += 499;
    expect(await sweep(database, policy)).to.include({ due: 0, nextInMs: 1 });
    clock.now += 1;
    expect((await sweep(database, policy)).due).to.equal(1);
    expect(ids(await claim(database, 'w', 2))).to.deep.equal(['a', 'b']);
  });

  it('ends an order as Failed with its last error when the attempts are used up', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    for (const attempt of [1, 2, 3]) {
      const [held] = await claim(database, 'w', 1);
      if (held === undefined) throw new Error('no claim');
      await settleAndClaim(database, [failedAttempt(held, `error ${attempt}`, policy)], nothing);
      clock.now += 10_000;
      await sweep(database, policy);
    }

    expect(await findOrder(database, 'a')).to.include({
      status: 'FAILED',
      attempts: 3,
      lastError: 'error 3',
    });
    expect(await types('a')).to.deep.equal([
      ...['placed', 'started', 'attempt_failed', 'started', 'attempt_failed'],
      ...['started', 'failed'],
    ]);
    expect(await claim(database, 'w', 1)).to.deep.equal([]);
  });

  it('doubles the longest wait with each attempt, up to an hour', () => {
    const waits = [1, 2, 3, 20].map((attempts) => {
      const held = { order: { attempts } } as never;
      const outcome = failedAttempt(held, 'x', { maxAttempts: 99, retryBackoffMs: 1000 }, () => 1);
      return outcome.result === 'failed' ? outcome.retryInMs : undefined;
    });
    expect(waits).to.deep.equal([1000, 2000, 4000, 3_600_000]);
  });

  it('takes an order back that is released, its attempt unspent', async () => {
    const { database } = subject;
    await place(database, 'a');
    const [held] = await claim(database, 'w', 1);
    await settleAndClaim(database, [{ claim: held, result: 'released' } as Outcome], nothing);

    expect(await findOrder(database, 'a')).to.include({ status: 'PENDING', attempts: 0 });
    const [again] = await claim(database, 'w', 1);
    expect(again).to.include({ attempt: 2 });
    expect(again?.order.attempts).to.equal(1);
  });

  it('takes nobody for dead when it had to wait to write, until it has watched again', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await claim(database, 'dead', 1);
    clock.now += leaseMs;
    let monotonic = 0;
    let lockedForMs = 0;
    const writer = database.writer.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        monotonic += lockedForMs;
        lockedForMs = 0;
        return result;
      },
    });
    const sweeper = createSweeper({ ...database, writer }, policy, () => monotonic);
    const watch = async () => {
      const expired: unknown[] = [];
      for (let i = 0; i < 3; i += 1, monotonic += leaseMs / 4) {
        expired.push(...(await sweeper.sweep()).expired);
        if (i === 1) lockedForMs = lockedOnce;
      }
      return expired.length;
    };
    let lockedOnce = leaseMs / 5;
    expect(await watch()).to.equal(0);
    lockedOnce = 0;
    expect(await watch()).to.equal(1);
  });

  it('takes the orders of one dead worker at a time, and goes on at once', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b', 'c', 'd');
    await claim(database, 'dead', 2);
    await claim(database, 'dead, too', 2);
    clock.now += leaseMs;
    let monotonic = 0;
    const sweeper = createSweeper(database, policy, () => monotonic);
    for (; monotonic < leaseMs / 2; monotonic += leaseMs / 4) {
      expect((await sweeper.sweep()).expired).to.deep.equal([]);
    }
    const first = await sweeper.sweep();
    expect([first.expired.length, first.nextInMs]).to.deep.equal([2, 0]);
    const second = await sweeper.sweep();
    expect(second.expired).to.have.length(2);
    expect(second.nextInMs).to.be.above(0);
    expect((await readMetrics(database)).pendingOrders).to.equal(4);
  });

  it('hands the orders of a dead worker to another one when its lease has run out', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await claim(database, 'dead', 1);
    clock.now += leaseMs - 1;
    expect((await sweep(database, policy)).expired).to.have.length(0);
    clock.now += 1;
    const { expired } = await sweep(database, policy);

    expect(expired.map(({ result }) => result)).to.deep.equal(['interrupted']);
    expect(ids(await claim(database, 'alive', 1))).to.deep.equal(['a']);
    expect(await types('a')).to.deep.equal(['placed', 'started', 'interrupted', 'started']);
    expect((await findOrder(database, 'a'))?.attempts).to.equal(1);
  });

  it('tells when a sweep is next needed', async () => {
    const { database, clock } = subject;
    const sweeper = createSweeper(database, policy, () => clock.now);
    expect((await sweeper.sweep()).nextInMs).to.equal(Number.POSITIVE_INFINITY);
    await register(database, 'w1', leaseMs);
    await register(database, 'w2', 6000);
    expect((await sweeper.sweep()).nextInMs, 'to look at leases').to.equal(1000);
    clock.now += 1900;
    await sweeper.sweep();
    clock.now += 1900;
    await sweeper.sweep();
    clock.now += 1900;
    expect((await sweeper.sweep()).nextInMs, 'a lease runs out').to.equal(300);
    const ofW2 = createSweeper(database, policy, () => clock.now);
    expect((await ofW2.sweep('w2')).nextInMs, 'nobody sweeps himself').to.equal(1000);
    clock.now += 300;
    expect((await sweeper.sweep()).nextInMs, 'one is left').to.equal(leaseMs / 6);
  });

  it('keeps the orders of a worker that renews its lease', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await claim(database, 'w', 1);
    for (const _ of [1, 2, 3]) {
      clock.now += leaseMs - 1;
      expect(await renewLease(database, 'w', leaseMs)).to.equal(true);
      expect((await sweep(database, policy)).expired).to.deep.equal([]);
    }
    expect((await findOrder(database, 'a'))?.status).to.equal('PROCESSING');
  });

  it('lets a worker that comes back too late change nothing', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    const [late] = await claim(database, 'late', 1);
    clock.now += leaseMs;
    await sweep(database, policy);
    const [current] = await claim(database, 'late', 1);

    for (const result of ['completed', 'released'] as const) {
      const outcome = { claim: late, result } as Outcome;
      expect((await settleAndClaim(database, [outcome], nothing)).lost).to.deep.equal([outcome]);
    }
    expect(await findOrder(database, 'a')).to.include({ status: 'PROCESSING', attempts: 1 });
    const outcome = { claim: current, result: 'completed' } as Outcome;
    expect((await settleAndClaim(database, [outcome], nothing)).lost).to.deep.equal([]);
    expect((await settleAndClaim(database, [outcome], nothing)).lost).to.deep.equal([outcome]);
  });

  it('tells a late outcome from the present one of the same order', async () => {
    const { database } = subject;
    await place(database, 'a');
    const [late] = await claim(database, 'w', 1);
    await settleAndClaim(database, [{ claim: late, result: 'released' } as Outcome], nothing);
    const [present] = await claim(database, 'w', 1);
    const outcomes = [late, present].map(
      (held) => ({ claim: held, result: 'completed' }) as Outcome,
    );

    expect((await settleAndClaim(database, outcomes, nothing)).lost).to.deep.equal([outcomes[0]]);
    expect(await types('a')).to.deep.equal([
      ...['placed', 'started', 'released', 'started', 'completed'],
    ]);
  });

  it('tells a worker that it lost everything, and lets it begin anew', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await register(database, 'w', leaseMs);
    expect(await renewLease(database, 'w', leaseMs)).to.equal(true);
    clock.now += leaseMs;
    await sweep(database, policy);
    expect(await renewLease(database, 'w', leaseMs)).to.equal(false);
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    expect((await settleAndClaim(database, [], request)).claims).to.deep.equal([]);

    await register(database, 'w again', leaseMs);
    const { claims } = await settleAndClaim(database, [], { ...request, worker: 'w again' });
    expect(ids(claims)).to.deep.equal(['a']);
  });

  it('tells a worker what it holds', async () => {
    const { database } = subject;
    await place(database, 'a', 'b', 'c');
    const held = await claim(database, 'w', 2);
    await claim(database, 'other', 1);
    expect(await findClaims(database, 'w')).to.deep.equal(held);
  });

  it('registers a worker again that could not know whether it was', async () => {
    await register(subject.database, 'w', leaseMs / 3);
    await register(subject.database, 'w', leaseMs);
    const [worker] = await subject.database.reader.selectFrom('workers').selectAll().execute();
    expect(worker).to.include({ worker: 'w', lease_ms: leaseMs });
  });

  it('gives nothing to a worker that is not registered', async () => {
    const { database } = subject;
    await place(database, 'a');
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };

    expect((await settleAndClaim(database, [], request)).claims).to.deep.equal([]);
    expect((await findOrder(database, 'a'))?.status).to.equal('PENDING');
  });

  it('counts workers whose lease is alive', async () => {
    const { database, clock } = subject;
    await register(database, 'w1', leaseMs);
    await register(database, 'w2', leaseMs / 2);
    expect((await readMetrics(database)).activeWorkers).to.equal(2);
    clock.now += leaseMs / 2;
    expect((await readMetrics(database)).activeWorkers).to.equal(1);
    await leave(database, 'w1');
    expect((await readMetrics(database)).activeWorkers).to.equal(0);
  });

  it('does not let a worker leave that holds an order', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await claim(database, 'w', 1);
    await leave(database, 'w');
    clock.now += leaseMs;
    expect((await sweep(database, policy)).expired).to.have.length(1);
  });

  describe('when a process died with several orders in hand', () => {
    it('blames none of them and narrows the suspects down to one', async () => {
      const { database, clock } = subject;
      const orderIds = Array.from({ length: 10 }, (_, i) => `o${i}`);
      await place(database, ...orderIds);
      const groups: string[][] = [];
      // o0 kills every process it is in; the others are innocent.
      for (let life = 0; (await findOrder(database, 'o0'))?.status !== 'FAILED'; life++) {
        const held = await claim(database, `w${life}`, 10);
        groups.push(ids(held));
        clock.now += leaseMs;
        await sweep(database, policy);
      }

      expect(groups.map((group) => group.length)).to.deep.equal([10, 2, 1, 1, 1]);
      expect((await findOrder(database, 'o0'))?.attempts).to.equal(3);
      for (const id of orderIds.slice(1)) {
        expect(await findOrder(database, id)).to.include({ status: 'PENDING', attempts: 0 });
      }
    });

    it('never blames two at once, whatever they have been through', async () => {
      const { database } = subject;
      await place(database, 'a', 'b', 'c');
      // Together they may have been in four at a time; c alone has come down to one.
      await database.writer.updateTable('orders').set({ crashes: 1 }).execute();
      await database.writer
        .updateTable('orders')
        .set({ crashes: 3 })
        .where('order_id', '=', 'c')
        .execute();
      const claims = await claim(database, 'w', 100);

      expect(claims.map(({ order, alone }) => [order.orderId, alone])).to.deep.equal([
        ['a', false],
        ['b', false],
      ]);
    });

    it('starts suspects in their turn, with empty hands only, and nothing beside them', async () => {
      const { database } = subject;
      await place(database, 'a', 'b', 'c');
      const [a, b] = await claim(database, 'w', 2, 8);
      const died = [a, b].map((held) => diedInHand(held as never, 'gone', policy));
      await settleAndClaim(database, died, nothing);

      const request = { worker: 'w', places: 7, holding: 1, concurrency: 8 };
      expect((await settleAndClaim(database, [], request)).claims).to.deep.equal([]);
      const suspects = await claim(database, 'w', 8);
      expect(ids(suspects)).to.deep.equal(['a', 'b']);
      expect(suspects.map(({ crashes, alone }) => ({ crashes, alone }))).to.deep.equal([
        { crashes: 1, alone: false },
        { crashes: 1, alone: false },
      ]);
    });

    it('trusts an order again that comes to an end by itself', async () => {
      const { database } = subject;
      await place(database, 'a', 'b');
      const held = await claim(database, 'w', 2);
      const died = held.map((one) => diedInHand(one, 'gone', policy));
      await settleAndClaim(database, died, nothing);
      const [suspect] = await claim(database, 'w', 1, 2);
      const failed = failedAttempt(suspect as never, 'no', policy, () => 0);
      await settleAndClaim(database, [failed], nothing);

      const [a] = await claim(database, 'w', 1, 2);
      expect(a).to.include({ crashes: 0, attempt: 3 });
      expect(a?.order.attempts).to.equal(2);
    });
  });
});
