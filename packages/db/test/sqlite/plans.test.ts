import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Kysely, sql } from 'kysely';

import {
  anyClaimable,
  cancelOrder,
  closeDatabase,
  type Database,
  findCancelRequests,
  findClaims,
  findOrder,
  findOrderAndPlace,
  findOrders,
  leave,
  type OrderFilter,
  openDatabase,
  placeOrders,
  pruneOrders,
  readEvents,
  readEventsOfOrder,
  readFigures,
  readHistory,
  readMetrics,
  readQueue,
  retryOrder,
} from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import type { Schema } from '../../src/schema.ts';
import { claim, newOrder, place, sweep } from '../given.ts';
import { temporaryDirectory } from '../kinds.ts';

const policy = { maxAttempts: 1, retryBackoffMs: 0 };

describe('the planner', () => {
  let directory: string;
  let database: Database;
  before(async () => {
    directory = temporaryDirectory();
    database = await openDatabase(`file:${join(directory, 'orders.db')}`);
  });
  after(async () => {
    await closeDatabase(database);
    rmSync(directory, { recursive: true });
  });

  for (const others of ['in a small file', 'beside a million other orders', 'with statistics']) {
    describe(others, () => {
      before(async () => {
        if (others === 'beside a million other orders') await addMillionOrders(database);
        if (others === 'with statistics') await sql`analyze`.execute(database.writer);
      });

      it('claims by the partial indexes, and looks at no other order', async () => {
        await place(database, `a ${others}`, `b ${others}`);
        const plans = await plansOf(database, (spied) => claim(spied, 'w', 1));
        expect(plans.find((plan) => plan.sql.includes("set status = 'PROCESSING'"))?.plan)
          .to.include('USING INDEX orders_claimable (seq<?)')
          .and.include('USING INDEX orders_suspect')
          .and.include('SEARCH orders USING INTEGER PRIMARY KEY');
        expectNoScan(plans);
        // A limit that is a parameter by itself has the statement planned anew each time.
        for (const { sql: text } of plans) expect(text).to.not.match(/limit \?(?! \+)/);
        expectNoScan(await plansOf(database, (spied) => anyClaimable(spied)));
      });

      it('settles by the primary key, one order or many', async () => {
        const many = Array.from({ length: 20 }, (_, i) => `m${i} ${others}`);
        await place(database, ...many);
        const [held, ...more] = await claim(database, 'w', 1 + many.length);
        if (held === undefined) throw new Error('no claim');
        const request = { worker: 'w', places: 0, holding: 0, concurrency: 1 };
        for (const claims of [[held], more]) {
          const plans = await plansOf(database, (spied) =>
            settleAndClaim(
              spied,
              claims.map((one) => ({ claim: one, result: 'completed' })),
              request,
            ),
          );
          expect(plans.find((plan) => plan.sql.startsWith('update orders'))?.plan)
            .to.include('SEARCH orders USING INTEGER PRIMARY KEY')
            .and.not.include('orders_held');
          expectNoScan(plans);
        }
      });

      it('sweeps by the partial indexes', async () => {
        await place(database, `c ${others}`);
        await claim(database, `dead ${others}`, 1);
        await sql`update workers set alive_until = 1`.execute(database.writer);
        const plans = await plansOf(database, (spied) => sweep(spied, policy));
        expect(plans.map(({ plan }) => plan).join('\n'))
          .to.include('orders_retrying')
          .and.include('USING INDEX orders_held');
        expectNoScan(plans);
      });

      it('cancels and retries by keys, and finds what to cancel by its partial index', async () => {
        const [pending, running] = [`e ${others}`, `f ${others}`];
        await place(database, pending);
        expectNoScan(await plansOf(database, (spied) => cancelOrder(spied, pending, null)));
        expectNoScan(await plansOf(database, (spied) => retryOrder(spied, pending)));
        await cancelOrder(database, pending, null);
        await place(database, running);
        await claim(database, 'w', 3);
        await cancelOrder(database, running, null);
        const plans = await plansOf(database, (spied) => findCancelRequests(spied, 'w'));
        expect(plans.map(({ plan }) => plan)).to.deep.equal([
          'SEARCH orders USING INDEX orders_cancelling (claimed_by=?)',
        ]);
      });

      it('spends and forgets keys by the keys and their age', async () => {
        const keyed = [`k ${others}`, `l ${others}`].map((key) =>
          newOrder(key, { idempotency: { key, fingerprint: key } }),
        );
        await placeOrders(database, keyed.slice(0, 1));
        const placing = await plansOf(database, (spied) => placeOrders(spied, keyed));
        expect(placing.find((plan) => plan.sql.startsWith('select key'))?.plan).to.match(
          /SEARCH idempotency_keys USING PRIMARY KEY/,
        );
        await sql`update idempotency_keys set created_at = created_at - 1e8`.execute(
          database.writer,
        );
        const sweeping = await plansOf(database, (spied) => sweep(spied, policy));
        expect(sweeping.find((plan) => plan.sql.includes('delete from idem'))?.plan)
          .to.include('SEARCH idempotency_keys USING PRIMARY KEY')
          .and.include('INDEX idempotency_keys_created_at (created_at<?)');
        expectNoScan([...placing, ...sweeping]);
      });

      it('places, finds and tells the history and the metrics by keys', async () => {
        expectNoScan(await plansOf(database, (spied) => place(spied, `d ${others}`)));
        expectNoScan(await plansOf(database, (spied) => findOrder(spied, 'a')));
        expectNoScan(await plansOf(database, (spied) => readHistory(spied, 'a')));
        for (const read of [readMetrics, readFigures]) {
          const plans = await plansOf(database, (spied) => read(spied));
          expectNoScan(plans);
          expect(
            plans.find((one) => one.sql.startsWith('select "counter"'))?.plan,
            'not those of the queue',
          )
            .to.include('SEARCH counters USING PRIMARY KEY (counter<?)')
            .and.not.include('TEMP B-TREE');
        }
      });

      it('prunes by the indexes of orders that have ended, and by keys', async () => {
        await place(database, `p ${others}`);
        await cancelOrder(database, `p ${others}`, null);
        const from = { end: 'CANCELLED', placedAt: 0, seq: 0 } as const;
        const plans = await plansOf(database, (spied) => pruneOrders(spied, 0, from));
        const planOf = (text: string) => plans.find((one) => one.sql.startsWith(text))?.plan;
        expect(planOf('select seq, placed_at')).to.match(
          /^SEARCH orders USING INDEX orders_cancelled \(placed_at>\? AND placed_at<\?\)$/,
        );
        expect(planOf('delete from event_runs')).to.include('INDEX event_runs_block (<expr>=?)');
        expect(planOf('delete from orders')).to.include('SEARCH orders USING INTEGER PRIMARY KEY');
        expectNoScan(plans);
        const placing = await plansOf(database, (spied) => place(spied, `q ${others}`));
        expect(placing.map(({ plan }) => plan).join()).to.include(
          'SEARCH pruned_orders USING PRIMARY KEY (order_id=?)',
        );
      });

      it('tells who works at what by what is in hand, and what is next by the queue', async () => {
        const plans = await plansOf(database, (spied) => readQueue(spied));
        expect(plans.map(({ plan }) => plan).join('\n'))
          .to.include('SCAN orders USING INDEX orders_held')
          .and.include('USING INDEX orders_claimable');
        expectNoScan(plans);
      });

      it('finds what one worker holds by what is in hand', async () => {
        for (const find of [findClaims, leave]) {
          const plans = await plansOf(database, (spied) => find(spied, 'nobody'));
          expect(plans.map(({ plan }) => plan).join('\n')).to.include('USING INDEX orders_held');
          expectNoScan(plans);
        }
      });

      it('reads the feed by keys, whole, by types and by user, from anywhere to anywhere', async () => {
        const plans = [
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10))),
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10, ['failed', 'started']))),
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10, undefined, 'user'))),
          ...(await plansOf(database, (spied) => readEventsOfOrder(spied, 'a', 0))),
        ];
        for (const { plan } of plans.filter(({ sql }) => sql.includes('join'))) {
          expect(plan)
            .to.include('SEARCH run USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)')
            .and.include('SEARCH orders USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)')
            .and.not.include('TEMP B-TREE');
        }
        expectNoScan(plans);
      });

      it('counts whole blocks of the queue, and orders in one block only', async () => {
        await place(database, `queued ${others}`);
        const plans = await plansOf(database, (spied) =>
          findOrderAndPlace(spied, `queued ${others}`),
        );
        expect(plans.find(({ sql: text }) => text.includes(`'queue'`))?.plan)
          .to.include('SEARCH counters USING PRIMARY KEY (counter=? AND part<?)')
          .and.include('SEARCH orders USING INDEX orders_claimable (seq>? AND seq<?)');
        const estimate = plans.find(({ sql: text }) => text.includes('as starts'))?.plan ?? '';
        // The latest in hand by the index: no more than a hundred are read. They are sorted with others.
        expect(estimate).to.match(/SCAN orders USING INDEX orders_held(?!\n.*TEMP B-TREE)/);
        expectNoScan(plans);
      });

      for (const [status, userId, index] of [
        [undefined, undefined, 'orders_open (placed_at<?)'],
        ['PENDING', undefined, 'orders_open (placed_at<?)'],
        ['PROCESSING', undefined, 'orders_held'],
        ['COMPLETED', undefined, 'orders_completed (placed_at<?)'],
        ['FAILED', undefined, 'orders_failed (placed_at<?)'],
        ['CANCELLED', undefined, 'orders_cancelled (placed_at<?)'],
        [undefined, 'user', 'orders_by_user (user_id=? AND placed_at<?)'],
        ['PENDING', 'user', 'orders_by_user (user_id=? AND placed_at>? AND placed_at<?)'],
        ['PROCESSING', 'user', 'orders_held'],
        ['COMPLETED', 'user', 'orders_by_user (user_id=? AND placed_at>? AND placed_at<?)'],
        ['FAILED', 'user', 'orders_unfulfilled_by_user (user_id=? AND status=? AND placed_at<?)'],
        [
          'CANCELLED',
          'user',
          'orders_unfulfilled_by_user (user_id=? AND status=? AND placed_at<?)',
        ],
      ] as const) {
        it(`lists ${status ?? 'all'} orders of ${userId ?? 'all users'} in the order of an index`, async () => {
          const after = { placedAt: 500_000, seq: 500_000 };
          const plans = await plansOf(database, (spied) =>
            findOrders(spied, { status, userId }, 20, after),
          );
          expect(plans.map(({ plan }) => plan).join('\n')).to.include(index);
          expectNoScan(plans);
          const sorted = plans.filter(({ plan }) => plan.includes('TEMP B-TREE'));
          if (status !== 'PROCESSING') expect(sorted).to.deep.equal([]);
        });
      }
    });
  }
});

describe('a page of a list of a million orders', () => {
  let directory: string;
  let database: Database;
  before(async () => {
    directory = temporaryDirectory();
    database = await openDatabase(`file:${join(directory, 'orders.db')}`);
    await addMillionOrders(database);
  });
  after(async () => {
    await closeDatabase(database);
    rmSync(directory, { recursive: true });
  });

  /** The quickest of many tries, in milliseconds: what else the machine does slows down some. */
  async function quickest(filter: OrderFilter, ordersBefore: number): Promise<number> {
    const after = { placedAt: 1_000_001 - ordersBefore, seq: 0 };
    let best = Infinity;
    for (let i = 0; i < 50; i += 1) {
      const began = performance.now();
      const { orders } = await findOrders(database, filter, 20, after);
      best = Math.min(best, performance.now() - began);
      expect(orders).to.have.length(20);
    }
    return best;
  }

  for (const filter of [{}, { status: 'FAILED' }, { userId: 'user' }] as const) {
    it(`costs the same, the first and the ten-thousandth: ${JSON.stringify(filter)}`, async () => {
      const first = await quickest(filter, 0);
      expect(await quickest(filter, 200_000)).to.be.below(3 * first);
    });
  }
});

interface Plan {
  readonly sql: string;
  readonly plan: string;
}

/** What the planner says of every statement that `work` executes. */
async function plansOf(
  database: Database,
  work: (spied: Database) => Promise<unknown>,
): Promise<Plan[]> {
  const executed = new Map<string, readonly unknown[]>();
  const spyOn = (connection: Kysely<Schema>) =>
    connection.withPlugin({
      transformQuery({ node, queryId }) {
        const compiled = connection.getExecutor().compileQuery(node, queryId);
        // In a statement that is composed once, there are placeholders instead of values.
        const values = compiled.parameters.map((one) => (one instanceof Object ? null : one));
        executed.set(compiled.sql.trim(), values);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
  const { writer, reader } = database;
  // Phrases of its own, and so statements that are composed here and now.
  const phrases = { ...database.phrases };
  await work({ ...database, phrases, writer: spyOn(writer), reader: spyOn(reader) });
  const plans: Plan[] = [];
  for (const [text, parameters] of executed) {
    // By the connection that analyzed: to explain is not enough for another to read statistics again.
    const explained = await writer.executeQuery<{ detail: string }>({
      ...sql`select 1`.compile(writer),
      sql: `explain query plan ${text}`,
      parameters,
    });
    plans.push({ sql: text, plan: explained.rows.map(({ detail }) => detail).join('\n') });
  }
  return plans;
}

/**
 * Small tables and rows given by the caller are scanned; orders and their events never, but for
 * partial indexes: as far as a limit goes, or because they are small.
 */
function expectNoScan(plans: readonly Plan[]): void {
  expect(plans).to.not.deep.equal([]);
  for (const { sql: text, plan } of plans) {
    const scans = plan
      .split('\n')
      .filter((line) => /^SCAN (orders|event_runs|idempotency_keys|pruned_orders)/.test(line))
      .filter(
        (line) =>
          !/USING (COVERING )?INDEX orders_(claimable|suspect|retrying|held|open|completed|failed)/.test(
            line,
          ),
      );
    expect(scans, `${text}\n${plan}`).to.deep.equal([]);
  }
}

async function addMillionOrders({ writer }: Database): Promise<void> {
  await sql`
    insert into orders (order_id, user_id, total_minor, currency, status, placed_at, started_at,
      finished_at, request_id, item_ids)
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000)
    select 'old-' || i, 'user', i, 'USD', iif(i % 50 = 0, 'FAILED', 'COMPLETED'), i, i, i, 'r', 'x'
    from n
  `.execute(writer);
  await sql`
    insert into event_runs (seq, orders, type, at, attempt)
    select min(seq), count(*), 'placed', min(placed_at), 0 from orders
    where order_id like 'old-%' group by seq / 32
  `.execute(writer);
}
