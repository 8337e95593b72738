import { expect } from 'chai';

import { failedAttempt, type Outcome, readFigures, readMetrics } from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, nothing, place } from './given.ts';

onEveryDatabase('the metrics', (subject) => {
  it('are all nothing at first', async () => {
    expect(await readMetrics(subject.database)).to.deep.equal({
      ...{ totalOrders: 0, pendingOrders: 0, processingOrders: 0 },
      ...{ completedOrders: 0, failedOrders: 0, cancelledOrders: 0 },
      ...{ avgProcessingTimeSec: 0, avgWaitTimeSec: 0 },
      ...{ p50ProcessingTimeSec: 0, p95ProcessingTimeSec: 0, p99ProcessingTimeSec: 0 },
      ...{ p50WaitTimeSec: 0, p95WaitTimeSec: 0, p99WaitTimeSec: 0 },
      ...{ oldestPendingAgeSec: null, activeWorkers: 0 },
    });
  });

  it('take processing time from start to finish, and waiting time from acceptance to start', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b', 'c');
    clock.now += 5000;
    const [a, b] = await claim(database, 'w', 2);
    clock.now += 2000;
    await settleAndClaim(database, [{ claim: a, result: 'completed' } as Outcome], nothing);
    clock.now += 2000;
    await settleAndClaim(database, [{ claim: b, result: 'completed' } as Outcome], nothing);

    expect(await readMetrics(database)).to.include({
      ...{ totalOrders: 3, pendingOrders: 1, completedOrders: 2, activeWorkers: 1 },
      ...{ avgProcessingTimeSec: 3, avgWaitTimeSec: 5, oldestPendingAgeSec: 9 },
    });
    const metrics = await readMetrics(database);
    expect(metrics.p50ProcessingTimeSec).to.be.closeTo(2, 2 * 0.045);
    expect(metrics.p99ProcessingTimeSec).to.be.closeTo(4, 4 * 0.045);
    expect(metrics.p50WaitTimeSec).to.be.closeTo(5, 5 * 0.045);
    expect(metrics.p99WaitTimeSec).to.equal(metrics.p95WaitTimeSec);
  });

  it('leave orders that wait for a retry out of the oldest pending age', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    const [held] = await claim(database, 'w', 1);
    const policy = { maxAttempts: 2, retryBackoffMs: 60_000 };
    const failed = failedAttempt(held as never, 'no', policy, () => 1);
    await settleAndClaim(database, [failed], nothing);
    clock.now += 1000;

    expect(await readMetrics(database)).to.include({ pendingOrders: 1, oldestPendingAgeSec: null });
  });

  it('do not count time backwards when the clock is set back', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    clock.now -= 3_600_000;
    const [a] = await claim(database, 'w', 1);
    clock.now -= 3_600_000;
    await settleAndClaim(database, [{ claim: a, result: 'completed' } as Outcome], nothing);

    expect(await readMetrics(database)).to.include({
      ...{ avgProcessingTimeSec: 0, avgWaitTimeSec: 0, oldestPendingAgeSec: 0 },
    });
  });

  it('have behind them how often orders ended, and how long they took', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b', 'c', 'd');
    clock.now += 1;
    const [a, b, c] = await claim(database, 'w', 3);
    clock.now += 1024;
    const failures = [a, b].map((held) =>
      failedAttempt(held as never, 'no', { maxAttempts: 1, retryBackoffMs: 0 }),
    );
    const completed = { claim: c, result: 'completed' } as Outcome;
    await settleAndClaim(database, [...failures, completed], nothing);

    expect(await readFigures(database)).to.deep.equal({
      orders: { PENDING: 1, PROCESSING: 0, COMPLETED: 1, FAILED: 2, CANCELLED: 0 },
      placed: 4,
      ends: { COMPLETED: 1, FAILED: 2, CANCELLED: 0 },
      processing: { orders: 1, totalMs: 1024, buckets: [{ upToMs: 1024, orders: 1 }] },
      waiting: { orders: 3, totalMs: 3, buckets: [{ upToMs: 1, orders: 3 }] },
      ...{ oldestPendingAgeSec: 1.025, activeWorkers: 1 },
    });
  });
});
