import { expect } from 'chai';
import { sql } from 'kysely';

import { lastIdOf } from '../src/event-runs.ts';
import {
  cancelOrder,
  closeDatabase,
  copyOrders,
  type Database,
  DatabaseUnusable,
  diedInHand,
  failedAttempt,
  findOrder,
  findOrderAndPlace,
  type Outcome,
  openDatabase,
  placeOrders,
  pruneOrders,
  readEvents,
  readFigures,
  readMetrics,
  register,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { claim, ids, leaseMs, newOrder, nothing, place, sweep } from './given.ts';
import { kinds, type OwnDatabase } from './kinds.ts';

const policy = { maxAttempts: 2, retryBackoffMs: 60_000 };

for (const [from, to] of [
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const) {
  describe(`copying all orders from ${from} to ${to}`, () => {
    const clock = { now: 0 };
    const opened: Database[] = [];
    const made: OwnDatabase[] = [];
    let sourceUrl: string;
    let targetUrl: string;
    let source: Database;

    beforeEach(async () => {
      clock.now = Date.UTC(2026, 0, 1);
      [sourceUrl, targetUrl] = [await make(from), await make(to)];
      const shop = await open(sourceUrl);
      await fill(shop);
      source = await open(sourceUrl, 'copy-from');
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(closeDatabase));
      await Promise.all(made.splice(0).map((own) => own.destroy()));
    });

    async function make(kind: 'sqlite' | 'postgres'): Promise<string> {
      const own = await kinds[kind]();
      made.push(own);
      return own.url;
    }

    async function open(url: string, purpose?: 'copy-from' | 'copy-to'): Promise<Database> {
      const database = await openDatabase(url, {
        clock: () => clock.now,
        ...(purpose && { purpose }),
      });
      opened.push(database);
      return database;
    }

    /** Orders in every state that there is; their worker died a while ago. */
    async function fill(shop: Database): Promise<void> {
      const orders = Array.from({ length: 2500 }, (_, i) =>
        newOrder(`o${i}`, { currency: i % 3 ? 'USD' : 'JPY', itemIds: `é${i},"\\',` }),
      );
      await placeOrders(shop, orders);
      const idempotency = { key: 'ключ', fingerprint: 'f' };
      await placeOrders(shop, [newOrder('keyed', { idempotency })]);
      clock.now += 1000;
      const [completed, failed, retrying, died, ...held] = await claim(shop, 'w', 8);
      clock.now += 2000;
      const outcomes = [
        { claim: completed, result: 'completed' },
        failedAttempt(failed as never, 'no\0thing "half of \ud83d', { ...policy, maxAttempts: 1 }),
        failedAttempt(retrying as never, 'later', policy, () => 1),
        diedInHand(died as never, 'crashed', policy),
      ] as Outcome[];
      await settleAndClaim(shop, outcomes, nothing);
      await cancelOrder(shop, 'o100', 'changed my mind');
      await cancelOrder(shop, held[0]?.order.orderId as string, null);
      clock.now += leaseMs;
    }

    it('leaves nothing out: orders, history, counters, keys, and what comes next', async () => {
      const target = await open(targetUrl, 'copy-to');
      const copied = await copyOrders(source, target);
      const events = (await dump(source)).match(/^order_events /gm)?.length;
      expect(copied).to.deep.equal({
        ...{ orders: 2501, events },
        totalsMinor: { JPY: 834 * 9999, USD: 1667 * 9999 },
      });
      expect(await dump(target)).to.deep.equal(asStored(await dump(source)));
      expect(await readFigures(target)).to.deep.equal(await readFigures(source));
      for (const id of ['keyed', 'o2499', 'o3']) {
        expect(await findOrderAndPlace(target, id)).to.deep.equal(
          await findOrderAndPlace(source, id),
        );
      }

      const again = await make(from);
      const third = await open(again, 'copy-to');
      await copyOrders(await open(targetUrl, 'copy-from'), third);
      expect(await dump(third)).to.deep.equal(await dump(target));
      expect(await third.catalog.lastNumbers(third.reader)).to.deep.equal(
        await source.catalog.lastNumbers(source.reader),
      );
    });

    it('gives what serves there the next numbers, the keys, and the orders of the dead', async () => {
      // Numbers that were handed out and that no row has: whoever followed the feed has seen them.
      const last = await source.catalog.lastNumbers(source.reader);
      await source.catalog.continueAfter(source.writer, { seq: last.seq, run: last.run + 7 });
      await copyOrders(source, await open(targetUrl, 'copy-to'));

      const service = await open(targetUrl);
      await place(service, 'new');
      expect((await findOrder(service, 'new'))?.seq).to.equal(last.seq + 1);
      const { events } = await readEvents(service, lastIdOf(last.run), 10);
      expect(events).to.have.length(1);
      expect(events[0]).to.include({ orderId: 'new', id: lastIdOf(last.run + 7) + 1 });
      const twice = newOrder('keyed', { idempotency: { key: 'ключ', fingerprint: 'f' } });
      expect(await placeOrders(service, [twice, newOrder('o1')])).to.deep.equal([
        ...['replayed', 'duplicate'],
      ]);
      const swept = await sweep(service, policy);
      expect([swept.expired.length, swept.cancelled.length]).to.deep.equal([4, 1]);
      expect(ids(await claim(service, 'x', 4))).to.deep.equal(['o3']);
      const { totalOrders, pendingOrders } = await readMetrics(service);
      expect([totalOrders, pendingOrders]).to.deep.equal([2502, 2497]);
    });

    it('goes on where it was ended, and until it is done nobody can serve there', async () => {
      const steps: number[] = [];
      const ended = new Error('ended');
      const dying = await open(targetUrl, 'copy-to');
      const onProgress = (_: string, done: number) => {
        steps.push(done);
        if (done > 2501) throw ended;
      };
      const reason = await copyOrders(source, dying, { onProgress }).catch((error) => error);
      expect(reason).to.equal(ended);
      expect(await messageOf(open(targetUrl))).to.match(/holds a copy that is not finished/);
      expect(await messageOf(open(targetUrl, 'copy-from'))).to.match(/not finished/);

      const endedAt = steps.at(-1);
      steps.length = 0;
      const target = await open(targetUrl, 'copy-to');
      await copyOrders(source, target, { onProgress: (_, done) => steps.push(done) });
      expect(steps[0]).to.equal(endedAt);
      expect(await dump(target)).to.deep.equal(asStored(await dump(source)));
      expect((await readMetrics(await open(targetUrl))).totalOrders).to.equal(2501);
    });

    it('ends after the step it is at when it is told to', async () => {
      const stopping = new AbortController();
      const target = await open(targetUrl, 'copy-to');
      const reason = await copyOrders(source, target, {
        stopping: stopping.signal,
        onProgress: (_, done) => done > 0 && stopping.abort(),
      }).catch((error) => error);
      expect(reason).to.equal(stopping.signal.reason);
      expect((await dump(target)).match(/^orders /gm)).to.have.length(2000);
    });

    it('refuses a target that holds something, or half a copy of something else', async () => {
      const shop = await open(targetUrl);
      await place(shop, 'here');
      const target = await open(targetUrl, 'copy-to');
      expect(await messageOf(copyOrders(source, target))).to.match(/target is not empty/);
      expect((await readMetrics(target)).totalOrders).to.equal(1);

      const other = await open(await make(to), 'copy-to');
      const onProgress = (_: string, done: number) => {
        if (done > 0) throw new Error('ended');
      };
      await copyOrders(source, other, { onProgress }).catch(() => {});
      // Nothing new has happened to an order then, but that it is gone.
      expect((await pruneOrders(await open(sourceUrl), 0)).orders).to.be.greaterThan(0);
      expect(await messageOf(copyOrders(source, other))).to.match(/the source was changed/);
    });

    it('refuses a source with live workers, and finds out what happens meanwhile', async () => {
      const target = await open(targetUrl, 'copy-to');
      const shop = await open(sourceUrl);
      await register(shop, 'alive', 5000);
      const refusal = await messageOf(copyOrders(source, target));
      expect(refusal).to.match(/in use by alive\. Stop everything.* in 5 s/);
      expect(await target.catalog.hasTable(target.reader, 'unfinished_copy')).to.equal(false);

      clock.now += 5000;
      let placed: Promise<unknown> | undefined;
      const onProgress = (doing: string) => {
        if (doing === 'comparing') placed ??= place(shop, 'meanwhile');
      };
      const message = await messageOf(copyOrders(source, target, { onProgress }));
      await placed;
      expect(message).to.match(/Something happened at the source|is not what was copied/);
      expect(await messageOf(open(targetUrl))).to.match(/not finished/);
    });

    it('finds out that somebody else has written to the target', async () => {
      const target = await open(targetUrl, 'copy-to');
      const onProgress = (doing: string, done: number) =>
        doing === 'copying' && done > 2501 && meddle();
      let meddling: Promise<unknown> | undefined;
      const meddle = () => {
        meddling ??= sql`update orders set user_id = 'x' where seq = 2001`.execute(target.writer);
      };
      const message = await messageOf(copyOrders(source, target, { onProgress }));
      await meddling;
      expect(message).to.match(/not what was copied \(orders, behind 2000\)/);
    });

    it('finds out that something else was counted there', async () => {
      const target = await open(targetUrl, 'copy-to');
      let meddling: Promise<unknown> | undefined;
      const onProgress = (doing: string) => {
        if (doing !== 'comparing') return;
        meddling ??= sql`update counters set total_ms = total_ms + 1`.execute(target.writer);
      };
      const message = await messageOf(copyOrders(source, target, { onProgress }));
      await meddling;
      expect(message).to.match(/not what was copied \(counters\)/);
    });
  });
}

describe('copying', () => {
  it('makes no database of a name that was mistyped', async () => {
    const own = await kinds.sqlite();
    expect(await messageOf(openDatabase(own.url, { purpose: 'copy-from' }))).to.match(
      /orders\.db does not exist/,
    );
    await own.destroy();
  });
});

async function messageOf(refused: Promise<unknown>): Promise<string> {
  const error = await refused.then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).to.be.instanceOf(DatabaseUnusable);
  return error.message;
}

/** Everything that is there, a line a row, but for the slots in which it is counted. */
async function dump({ reader }: Database): Promise<string> {
  const lines: string[] = [];
  for (const name of ['orders', 'order_events', 'idempotency_keys', 'workers'] as const) {
    const rows = await reader.selectFrom(name).selectAll().execute();
    // PostgreSQL makes one column more of what stands in the others.
    const columns = (row: object) => Object.entries({ ...row, ended_as: undefined }).toSorted();
    lines.push(...rows.map((row) => `${name} ${JSON.stringify(columns(row))}`));
  }
  const { rows } = await sql`
    select counter, part, sum(orders) as orders, sum(total_ms) as ms from counters
    group by counter, part having sum(orders) <> 0`.execute(reader);
  lines.push(...rows.map((row) => JSON.stringify(row)));
  return lines.toSorted().join('\n');
}

/** PostgreSQL's texts hold no character 0. */
const asStored = (dumped: string) => dumped.replaceAll('\\u0000', '\ufffd');
