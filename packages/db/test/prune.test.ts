import { expect } from 'chai';

import { longestRun } from '../src/event-runs.ts';
import {
  cancelOrder,
  checkDatabase,
  countPrunable,
  type Database,
  endOfEvents,
  failedAttempt,
  findOrder,
  type Outcome,
  type PrunePlace,
  pruneOrders,
  readEvents,
  readFigures,
  readHistory,
  readMetrics,
  retryOrder,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, nothing, place } from './given.ts';

const day = 86_400_000;

onEveryDatabase('pruning', (subject) => {
  /** Has a worker end these orders, oldest first: completed unless their id says otherwise. */
  async function end(...ids: string[]) {
    const { database } = subject;
    const claims = await claim(database, 'w', ids.length);
    const outcomes = claims.map((one) =>
      one.order.orderId.startsWith('failed')
        ? failedAttempt(one, 'no', { maxAttempts: 1, retryBackoffMs: 0 })
        : ({ claim: one, result: 'completed' } as Outcome),
    );
    await settleAndClaim(database, outcomes, nothing);
  }

  const pruneAll = (olderThanMs: number) => walk(subject.database, olderThanMs, pruneOrders);
  const ids = async () =>
    (
      await subject.database.reader.selectFrom('orders').select('order_id').orderBy('seq').execute()
    ).map(({ order_id }) => order_id);

  it('deletes orders that ended long ago, however they did, with their history', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'failed', 'cancelled', 'later', 'open');
    await end('a', 'failed');
    await cancelOrder(database, 'cancelled', null);
    clock.now += day;
    await end('later');
    clock.now += 1;

    expect(await walk(database, day, countPrunable)).to.equal(3);
    expect(await pruneAll(day)).to.equal(3);
    expect(await ids()).to.deep.equal(['later', 'open']);
    expect(await findOrder(database, 'a')).to.equal(undefined);
    expect(await readHistory(database, 'a')).to.deep.equal([]);
    const left = await database.reader.selectFrom('order_events').select('seq').execute();
    expect(new Set(left.map(({ seq }) => seq)).size).to.equal(2);
    expect(await pruneAll(day)).to.equal(0);
  });

  it('leaves an order that was retried to its new end', async () => {
    const { database, clock } = subject;
    await place(database, 'failed');
    await end('failed');
    clock.now += day;
    await retryOrder(database, 'failed');
    expect(await pruneAll(day)).to.equal(0);
    await end('failed');
    clock.now += day - 1;
    expect(await pruneAll(day)).to.equal(0);
    clock.now += 1;
    expect(await pruneAll(day)).to.equal(1);
  });

  it('never accepts the id again', async () => {
    const { database, clock } = subject;
    await place(database, 'a');
    await end('a');
    clock.now += day;
    await pruneAll(day);
    expect(await place(database, 'a', 'b')).to.deep.equal(['duplicate', 'placed']);
    expect(await ids()).to.deep.equal(['b']);
  });

  it('takes orders out of the counts, and leaves the figures that only grow', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'failed', 'open');
    clock.now += 1000;
    await end('a', 'failed');
    const { avgWaitTimeSec, avgProcessingTimeSec } = await readMetrics(database);
    const before = await readFigures(database);
    clock.now += day;
    await pruneAll(day);

    expect(await readMetrics(database)).to.include({
      ...{ totalOrders: 1, pendingOrders: 1, completedOrders: 0, failedOrders: 0 },
      ...{ avgWaitTimeSec, avgProcessingTimeSec },
    });
    const { placed, ends, processing, waiting } = await readFigures(database);
    expect({ placed, ends, processing, waiting }).to.deep.equal({
      ...{ placed: 3, ends: before.ends, processing: before.processing, waiting: before.waiting },
    });
  });

  it('goes through any number of orders, some at a time', async () => {
    const { database, clock } = subject;
    const many = Array.from({ length: 450 }, (_, i) => (i % 3 ? `o${i}` : `failed${i}`));
    await place(database, ...many);
    await end(...many);
    clock.now += day;
    const first = await pruneOrders(database, day);
    expect(first.orders).to.equal(200);
    expect(await pruneAll(day)).to.equal(250);
    expect(await ids()).to.deep.equal([]);
  });

  it('lets readers of the feed go on behind what is gone, and meet what comes then', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    const { readTo } = await readEvents(database, 0, 1);
    await end('a', 'b');
    const last = await endOfEvents(database);
    clock.now += day;
    await pruneAll(day);

    expect(await endOfEvents(database)).to.equal(last);
    expect(await readEvents(database, readTo, 10)).to.deep.equal({ events: [], readTo: last });
    await place(database, 'c');
    const { events } = await readEvents(database, last, 10);
    expect(events.map(({ orderId, type }) => [orderId, type])).to.deep.equal([['c', 'placed']]);
  });

  it('numbers what happens next behind all that ever did, whatever is gone first', async () => {
    const { database } = subject;
    const failing = Array.from({ length: 40 }, (_, i) => `failed${i}`);
    const others = Array.from({ length: 24 }, (_, i) => `o${i}`);
    await place(database, ...failing, ...others);
    await end(...failing);
    await end(...others);
    const before = await endOfEvents(database);
    // The newest first, since those that are completed are.
    expect(await pruneAll(0)).to.equal(64);
    expect(await endOfEvents(database)).to.equal(before);
    await place(database, 'next');
    await end('next');
    expect(await pruneAll(0)).to.equal(1);
    expect(await endOfEvents(database)).to.equal(before + 3 * longestRun);
    const left = await database.reader.selectFrom('event_runs').select('orders').execute();
    expect(left.map(({ orders }) => orders)).to.deep.equal(database.phrases.allAtOnce ? [] : [0]);
    expect(await checkDatabase(database)).to.deep.equal([]);
  });

  it('is done once by several at the same time', async () => {
    const { database, clock } = subject;
    const many = Array.from({ length: 100 }, (_, i) => `o${i}`);
    await place(database, ...many);
    await end(...many);
    clock.now += day;
    const others = [database, await subject.reopen(), await subject.reopen()];
    const pruned = await Promise.all(others.map((one) => walk(one, day, pruneOrders)));
    expect(pruned.reduce((sum, orders) => sum + orders)).to.equal(100);
    expect((await readFigures(database)).placed).to.equal(100);
  });
});

/** @returns how many orders all steps together have had */
async function walk(
  database: Database,
  olderThanMs: number,
  step: typeof pruneOrders,
): Promise<number> {
  let orders = 0;
  let from: PrunePlace | undefined | null;
  do {
    const done = await step(database, olderThanMs, from ?? undefined);
    orders += done.orders;
    from = done.next;
  } while (from);
  return orders;
}
