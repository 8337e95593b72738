import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect } from 'chai';

import { lastIdOf } from '../src/event-runs.ts';
import {
  BeyondFeed,
  createPlacer,
  type Database,
  endOfEvents,
  type FeedEvent,
  failedAttempt,
  hasEnded,
  placeOrders,
  readEvents,
  readEventsOfOrder,
  readHistory,
  watchAllCommits,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, newOrder, nothing, place } from './given.ts';

const policy = { maxAttempts: 1, retryBackoffMs: 0 };

onEveryDatabase('the feed of all orders', (subject) => {
  const told = (events: readonly FeedEvent[]) =>
    events.map(({ orderId, type, status }) => `${orderId} ${type} ${status}`);

  it('tells what happened to every order, and how it stood then', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b');
    clock.now += 5;
    const [a, b] = await claim(database, 'w', 2);
    if (!a || !b) throw new Error('no claims');
    const outcomes = [{ claim: a, result: 'completed' } as const, failedAttempt(b, 'no', policy)];
    await settleAndClaim(database, outcomes, nothing);

    const { events, readTo } = await readEvents(database, 0, 100);
    expect(told(events)).to.deep.equal([
      ...['a placed PENDING', 'b placed PENDING', 'a started PROCESSING', 'b started PROCESSING'],
      ...['a completed COMPLETED', 'b failed FAILED'],
    ]);
    expect(events.at(-1)).to.deep.equal({
      ...{
        id: events.at(-1)?.id,
        orderId: 'b',
        userId: 'user_1',
        type: 'failed',
        status: 'FAILED',
      },
      at: clock.now,
      ...{ attempt: 1, worker: 'w', detail: 'no' },
    });
    expect(readTo).to.be.at.least(events.at(-1)?.id as number);
    expect(events.filter(({ status }) => hasEnded(status))).to.have.length(2);
  });

  it('is read in pages, none with an event of another', async () => {
    const { database } = subject;
    await place(database, 'a', 'b', 'c', 'd', 'e');
    const first = await readEvents(database, 0, 2);
    const second = await readEvents(database, first.readTo, 2);
    const third = await readEvents(database, second.readTo, 2);
    expect([first, second, third].map(({ events }) => told(events).join())).to.deep.equal([
      'a placed PENDING,b placed PENDING',
      'c placed PENDING,d placed PENDING',
      'e placed PENDING',
    ]);
    expect(third.readTo).to.equal(await endOfEvents(database));
    expect(await readEvents(database, third.readTo, 2)).to.deep.equal({ ...third, events: [] });
  });

  it('has its end behind the last event, and at nothing before the first', async () => {
    const { database } = subject;
    expect(await endOfEvents(database)).to.equal(0);
    await place(database, 'a');
    const end = await endOfEvents(database);
    expect(await readEvents(database, end, 10)).to.deep.equal({ events: [], readTo: end });
    await place(database, 'b');
    expect(told((await readEvents(database, end, 10)).events)).to.deep.equal(['b placed PENDING']);
  });

  it('refuses a place that no reader of it can have come to', async () => {
    const { database } = subject;
    await place(database, 'a');
    const end = await endOfEvents(database);
    for (const read of [
      () => readEvents(database, end + 1, 10),
      () => readEventsOfOrder(database, 'a', end + 1),
    ]) {
      const error = await read().catch((thrown) => thrown);
      expect(error).to.be.instanceOf(BeyondFeed).and.include({ end });
    }
  });

  it('is read by type, past whatever lies in between', async () => {
    const { database } = subject;
    await placeApart(database, 1050);
    await claim(database, 'w', 2);
    const pages = [await readEvents(database, 0, 1, ['started', 'completed'])];
    for (let page = pages[0]; page && page.readTo < (await endOfEvents(database)); ) {
      page = await readEvents(database, page.readTo, 1, ['started', 'completed']);
      pages.push(page);
    }
    expect(pages[0]).to.deep.equal({ events: [], readTo: lastIdOf(1000) });
    expect(pages.flatMap(({ events }) => told(events))).to.deep.equal([
      ...['taken-0 started PROCESSING', 'taken-1 started PROCESSING'],
    ]);
  });

  it('is read by user, past whatever lies in between', async () => {
    const { database } = subject;
    await placeApart(database, 1050);
    await placeOrders(database, [newOrder('own', { userId: 'user_2' })]);
    const first = await readEvents(database, 0, 1, undefined, 'user_2');
    expect(first).to.deep.equal({ events: [], readTo: lastIdOf(1000) });
    const { events, readTo } = await readEvents(database, first.readTo, 9, ['placed'], 'user_2');
    expect(told(events)).to.deep.equal(['own placed PENDING']);
    expect(readTo).to.equal(await endOfEvents(database));
  });

  it('tells nothing of an order to who did not place it', async () => {
    const { database } = subject;
    await place(database, 'a');
    expect((await readEventsOfOrder(database, 'a', 0, 'user_1')).events).to.have.length(1);
    expect((await readEventsOfOrder(database, 'a', 0, 'user_2')).events).to.deep.equal([]);
  });

  it('tells of one order what its history has', async () => {
    const { database } = subject;
    await place(database, 'a', 'b');
    await claim(database, 'w', 1);
    const history = await readHistory(database, 'a');
    const { events, readTo } = await readEventsOfOrder(database, 'a', 0);
    expect(told(events)).to.deep.equal(['a placed PENDING', 'a started PROCESSING']);
    expect(events.map(({ id }) => id)).to.deep.equal(history.map(({ id }) => id));
    expect(readTo).to.equal(await endOfEvents(database));
    const [placed] = history;
    expect((await readEventsOfOrder(database, 'a', placed?.id ?? 0)).events).to.have.length(1);
    expect((await readEventsOfOrder(database, 'c', 0)).events).to.deep.equal([]);
  });

  it('shows every event once to one who reads on while four others write', async () => {
    const others = await Promise.all([1, 2, 3, 4].map(() => subject.reopen()));
    const total = 2000;
    const writing = others.map(async (database, writer) => {
      const placer = createPlacer(database);
      for (let i = 0; i < total / 4; i += 10) {
        const group = Array.from({ length: 10 }, (_, n) => newOrder(`${writer}-${i + n}`));
        await Promise.all(group.map((order) => placer.place(order)));
      }
    });
    const seen: FeedEvent[] = [];
    let position = 0;
    while (seen.length < total) {
      const page = await readEvents(subject.database, position, 7);
      seen.push(...page.events);
      position = page.readTo;
      // Otherwise the writers, who are of the same process, would never get their turn.
      await turnOfTheLoop();
    }
    await Promise.all(writing);
    const seenIds = seen.map(({ id }) => id);
    expect(seenIds).to.deep.equal([...new Set(seenIds)].toSorted((a, b) => a - b));
    expect(new Set(seen.map(({ orderId }) => orderId)).size).to.equal(total);
  });

  it('is news at once where it was written, and soon elsewhere', async () => {
    const { database } = subject;
    const other = await subject.reopen();
    let own = 0;
    const heard = Promise.withResolvers<void>();
    const watches = [
      watchAllCommits(database, () => (own += 1)),
      watchAllCommits(other, heard.resolve),
    ];
    const before = own;
    await place(database, 'a');
    expect(own).to.be.above(before);
    await heard.promise;
    for (const watch of watches) watch.close();
    const told = own;
    await place(database, 'b');
    expect(own).to.equal(told);
  });
});

/** Places orders of which none follows another: each has a run of events to itself. */
async function placeApart(database: Database, count: number): Promise<void> {
  const names = (prefix: string) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
  const taken = names('taken');
  await place(database, ...taken);
  // The number of an order that is refused stays unused.
  await place(database, ...names('apart').flatMap((id, i) => [id, taken[i] as string]));
}
