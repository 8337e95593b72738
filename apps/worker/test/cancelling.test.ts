import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cancelOrder,
  closeDatabase,
  findOrder,
  openDatabase,
  readHistory,
  readMetrics,
  retryOrder,
} from '@orders/db';
import { expect } from 'chai';

import type { Process } from '../src/processing.ts';
import { simulateProcessing } from '../src/processing.ts';
import { eventually, onEveryDatabase, place } from './given.ts';

onEveryDatabase('a worker whose order is to be cancelled', (given) => {
  const inHand = (orderId: string) =>
    eventually(async () => (await findOrder(given.shop, orderId))?.status === 'PROCESSING');
  const ended = (orderId: string) =>
    eventually(async () => {
      const order = await findOrder(given.shop, orderId);
      return order?.finishedAt ? order : undefined;
    });
  const types = async (orderId: string) =>
    (await readHistory(given.shop, orderId)).map(({ type }) => type);
  /** Gives up when it is told to; says how long after `askedAt` that was. */
  const heard: number[] = [];
  let askedAt = 0;
  const heeding: Process = async (_claim, signal) => {
    await once(signal, 'abort');
    heard.push(performance.now() - askedAt);
    throw signal.reason;
  };
  const cancel = (orderId: string) => {
    askedAt = performance.now();
    return cancelOrder(given.shop, orderId, null);
  };
  beforeEach(() => {
    heard.length = 0;
  });

  it('tells its processor promptly, and goes on with the next', async () => {
    await place(given.shop, 'a', 'b');
    await given.work({
      processOrder: (claim, signal) =>
        claim.order.orderId === 'a' ? heeding(claim, signal) : Promise.resolve(),
    });
    await inHand('a');
    await cancel('a');

    expect(await ended('a')).to.include({ status: 'CANCELLED', attempts: 1, lastError: null });
    expect(heard[0]).to.be.below(250);
    expect((await ended('b')).status).to.equal('COMPLETED');
    expect(await types('a')).to.deep.equal(['placed', 'started', 'cancel_requested', 'cancelled']);
    expect(await readMetrics(given.shop)).to.include({ cancelledOrders: 1, completedOrders: 1 });
  });

  it('tells that one only of all that it has in hand', async () => {
    await place(given.shop, 'a', 'b', 'c');
    const signals = new Map<string, AbortSignal>();
    const worker = await given.work({
      concurrency: 3,
      processOrder: ({ order }, signal) => {
        signals.set(order.orderId, signal);
        return once(signal, 'abort').then(() => {
          throw signal.reason;
        });
      },
    });
    await eventually(async () => signals.size === 3);
    await cancel('b');
    await ended('b');

    expect([...signals.values()].map(({ aborted }) => aborted)).to.deep.equal([false, true, false]);
    worker.force();
    await worker.stop();
  });

  it('cuts the built-in processor short', async () => {
    await place(given.shop, 'a');
    await given.work({ processOrder: simulateProcessing(60_000) });
    await inHand('a');
    await cancel('a');
    expect((await ended('a')).status).to.equal('CANCELLED');
  });

  it('tells its processor within a heartbeat also where nobody tells it of commits', async () => {
    await place(given.shop, 'a');
    const leaseMs = 600;
    const deaf = await openDatabase(given.url);
    const worker = await given.work({
      leaseMs,
      database: { ...deaf, watchCommits: () => ({ close() {} }) },
      processOrder: heeding,
    });
    await inHand('a');
    // By now the worker has looked after its last commit, and sleeps.
    await sleep(50);
    await cancel('a');
    await ended('a');
    expect(heard[0]).to.be.below(leaseMs / 3 + 150);
    await worker.stop();
    await closeDatabase(deaf);
  });

  it('has it completed when its processor does not give up', async () => {
    await place(given.shop, 'a');
    let finish: () => void = () => {};
    let told: AbortSignal | undefined;
    await given.work({
      processOrder: (_claim, signal) =>
        new Promise((resolve) => {
          [told, finish] = [signal, resolve];
        }),
    });
    await inHand('a');
    await cancel('a');
    await eventually(async () => told?.aborted);
    finish();

    expect((await ended('a')).status).to.equal('COMPLETED');
    expect(await types('a')).to.deep.equal(['placed', 'started', 'cancel_requested', 'completed']);
  });

  it('does not hand it back to the queue when it stops', async () => {
    await place(given.shop, 'a');
    const worker = await given.work({ processOrder: () => new Promise(() => {}) });
    await inHand('a');
    await cancel('a');
    worker.force();
    await worker.stop();
    expect(await findOrder(given.shop, 'a')).to.include({ status: 'CANCELLED' });
  });

  it('tells its processor also in the grace', async () => {
    await place(given.shop, 'a');
    const worker = await given.work({ processOrder: heeding, shutdownGraceMs: 60_000 });
    await inHand('a');
    const stopped = worker.stop();
    await cancel('a');
    await stopped;
    expect(await findOrder(given.shop, 'a')).to.include({ status: 'CANCELLED' });
  });

  it('begins it anew when it is retried, and its signal is a new one', async () => {
    await place(given.shop, 'a');
    const attempts: number[] = [];
    await given.work({
      processOrder: async (claim, signal) => {
        attempts.push(claim.order.attempts);
        if (claim.attempt === 1) await heeding(claim, signal);
        if (signal.aborted) throw new Error('aborted from the start');
      },
    });
    await inHand('a');
    await cancel('a');
    await ended('a');
    await retryOrder(given.shop, 'a');

    expect(
      (
        await eventually(async () => {
          const order = await findOrder(given.shop, 'a');
          return order?.status === 'COMPLETED' && order;
        })
      ).attempts,
    ).to.equal(1);
    expect(attempts).to.deep.equal([1, 1]);
  });

  it('settles each as one of the two when cancels race with completions', async () => {
    const orderIds = Array.from({ length: 200 }, (_, i) => `o${i}`);
    await place(given.shop, ...orderIds);
    await given.work({
      concurrency: 5,
      processOrder: (_claim, signal) => sleep(Math.random() * 50, undefined, { signal }),
    });
    for (const orderId of orderIds) {
      await inHandOrEnded(orderId);
      await cancel(orderId);
    }
    const seen = new Map<string, number>();
    for (const orderId of orderIds) {
      const { status } = await ended(orderId);
      const events = (await types(orderId)).filter((type) => type !== 'started');
      const last = status === 'CANCELLED' ? 'cancelled' : 'completed';
      const asked = events.includes('cancel_requested') ? ['cancel_requested'] : [];
      expect(events, orderId).to.deep.equal(['placed', ...asked, last]);
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }
    expect(await readMetrics(given.shop)).to.include({
      totalOrders: 200,
      completedOrders: seen.get('COMPLETED') ?? 0,
      cancelledOrders: seen.get('CANCELLED') ?? 0,
    });
    expect([...seen.keys()]).to.have.members(['COMPLETED', 'CANCELLED']);
  });

  const inHandOrEnded = (orderId: string) =>
    eventually(async () => (await findOrder(given.shop, orderId))?.status !== 'PENDING');
});
