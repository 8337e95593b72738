import { expect } from 'chai';

import {
  type Database,
  failedAttempt,
  findOrders,
  type ListPlace,
  type OrderFilter,
  type Outcome,
  placeOrders,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, newOrder, nothing, place } from './given.ts';

const policy = { maxAttempts: 1, retryBackoffMs: 0 };

onEveryDatabase('finding orders', (subject) => {
  /** Every page of the list, as ids. */
  async function pagesOf(filter: OrderFilter, limit: number): Promise<string[][]> {
    const pages: string[][] = [];
    let after: ListPlace | undefined;
    for (;;) {
      const { orders, next } = await findOrders(subject.database, filter, limit, after);
      pages.push(orders.map(({ orderId }) => orderId));
      if (next === null) return pages;
      after = next;
    }
  }

  const found = async (filter: OrderFilter) => (await pagesOf(filter, 100)).flat();

  it('gives the newest first, page by page, each order once', async () => {
    const { database, clock } = subject;
    await place(database, 'a', 'b', 'c');
    clock.now += 1;
    await place(database, 'd');
    clock.now += 1;
    await place(database, 'e', 'f', 'g');
    expect(await pagesOf({}, 2)).to.deep.equal([['g', 'f'], ['e', 'd'], ['c', 'b'], ['a']]);
    expect(await pagesOf({}, 7)).to.deep.equal([['g', 'f', 'e', 'd', 'c', 'b', 'a']]);
  });

  it('asks by the same statement for one order and for many', async () => {
    const { database } = subject;
    await place(database, 'a', 'b', 'c');
    const texts = new Set<string>();
    const reader = database.reader.withPlugin({
      transformQuery({ node, queryId }) {
        texts.add(database.reader.getExecutor().compileQuery(node, queryId).sql);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const spied = { ...database, reader };
    await findOrders(spied, {}, 1);
    const count = texts.size;
    await findOrders(spied, {}, 20);
    expect([...texts]).to.have.length(count);
  });

  it('gives nothing, and nothing more, where there is nothing', async () => {
    expect(await pagesOf({}, 1)).to.deep.equal([[]]);
  });

  it('finds by every combination of status, user and time, whatever the page', async () => {
    const { database } = subject;
    const all = await givenOrders(subject);
    for (const status of [undefined, 'PENDING', 'PROCESSING', 'COMPLETED', 'FAILED'] as const) {
      for (const userId of [undefined, 'user_0', 'user_1', 'nobody']) {
        for (const placedFrom of [undefined, all.start + 3, all.start + 99]) {
          for (const placedTo of [undefined, all.start + 6, all.start]) {
            const filter = { status, userId, placedFrom, placedTo };
            const rows = await database.reader.selectFrom('orders').selectAll().execute();
            const wanted = rows
              .filter((row) => status === undefined || row.status === status)
              .filter((row) => userId === undefined || row.user_id === userId)
              .filter((row) => placedFrom === undefined || row.placed_at >= placedFrom)
              .filter((row) => placedTo === undefined || row.placed_at < placedTo)
              .toSorted((a, b) => b.placed_at - a.placed_at || b.seq - a.seq)
              .map((row) => row.order_id);
            expect((await pagesOf(filter, 3)).flat(), JSON.stringify(filter)).to.deep.equal(wanted);
          }
        }
      }
    }
  });

  it('misses none that was accepted after the clock had been set back', async () => {
    const { database, clock } = subject;
    const start = clock.now;
    await place(database, 'a');
    clock.now = start + 3_600_000;
    await place(database, 'b');
    clock.now = start + 1;
    await place(database, 'c');
    expect(await found({})).to.deep.equal(['b', 'c', 'a']);
    expect(await found({ placedTo: start + 3_600_000 })).to.deep.equal(['c', 'a']);
    expect(await found({ placedFrom: start + 1 })).to.deep.equal(['b', 'c']);
  });

  it('looks at a thousand of a user to find the pending and completed ones, and goes on there', async () => {
    const { database, clock } = subject;
    await place(database, 'oldest');
    clock.now += 1;
    const between = Array.from({ length: 1500 }, (_, i) => newOrder(`o${i}`));
    await placeOrders(database, between);
    clock.now += 1;
    await place(database, 'newest');
    const { writer } = database;
    const toFailed = { status: 'FAILED', finished_at: clock.now } as const;
    await writer.updateTable('orders').set(toFailed).where('order_id', 'like', 'o_%').execute();
    const toPending = { status: 'PENDING', finished_at: null } as const;
    await writer
      .updateTable('orders')
      .set(toPending)
      .where('order_id', 'in', ['oldest', 'newest'])
      .execute();

    const pages = await pagesOf({ userId: 'user_1', status: 'PENDING' }, 5);
    expect(pages).to.deep.equal([['newest'], ['oldest']]);
    expect(await pagesOf({ userId: 'user_1', status: 'COMPLETED' }, 5)).to.deep.equal([[]]);
    expect(await pagesOf({ userId: 'user_1', status: 'PENDING' }, 1)).to.deep.equal([
      ['newest'],
      ['oldest'],
    ]);
  });

  it('leaves out, on later pages, what is placed meanwhile', async () => {
    const { database } = subject;
    await place(database, 'a', 'b', 'c');
    const first = await findOrders(database, {}, 1);
    await place(database, 'd');
    const second = await findOrders(database, {}, 9, first.next as ListPlace);
    expect(second.orders.map(({ orderId }) => orderId)).to.deep.equal(['b', 'a']);
    expect(second.next).to.equal(null);
  });
});

/** Orders of two users over ten milliseconds, in every status that a worker brings about. */
async function givenOrders(subject: { database: Database; clock: { now: number } }) {
  const { database, clock } = subject;
  const start = clock.now;
  for (let i = 0; i < 40; i += 4) {
    await placeOrders(
      database,
      [0, 1, 2, 3].map((k) => newOrder(`o${i + k}`, { userId: `user_${(i + k) % 2}` })),
    );
    clock.now += 1;
  }
  const claims = await claim(database, 'w', 24);
  const outcomes = claims
    .slice(0, 18)
    .map(
      (one, i): Outcome =>
        i % 3 === 0
          ? failedAttempt(one, 'no', policy)
          : { claim: one, result: i % 3 === 1 ? 'completed' : 'released' },
    );
  await settleAndClaim(database, outcomes, nothing);
  return { start };
}
