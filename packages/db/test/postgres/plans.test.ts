import { expect } from 'chai';
import { type Kysely, sql } from 'kysely';

import { write } from '../../src/database.ts';
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
  openDatabase,
  placeOrders,
  pruneOrders,
  readEvents,
  readEventsOfOrder,
  readFigures,
  readHistory,
  readMetrics,
  retryOrder,
} from '../../src/index.ts';
import { tidyBlocks } from '../../src/queue-blocks.ts';
import { settleAndClaim } from '../../src/round.ts';
import type { Schema } from '../../src/schema.ts';
import { claim, newOrder, place, sweep } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

const policy = { maxAttempts: 1, retryBackoffMs: 0 };

describe("PostgreSQL's planner", () => {
  let own: OwnDatabase;
  let database: Database;
  before(async () => {
    own = await kinds.postgres();
    database = await openDatabase(own.url);
  });
  after(async () => {
    await closeDatabase(database);
    await own.destroy();
  });

  for (const others of ['in a new database', 'beside 200,000 other orders', 'with statistics']) {
    describe(others, () => {
      before(async () => {
        if (others === 'beside 200,000 other orders') await addOrders(database, 200_000);
        if (others === 'with statistics') await sql`analyze`.execute(database.writer);
      });

      it('claims by the partial indexes, and looks at no other order', async () => {
        await place(database, `a ${others}`, `b ${others}`);
        const plans = await plansOf(database, (spied) => claim(spied, 'w', 1));
        expect(planOf(plans, "set status = 'PROCESSING'"))
          .to.include('orders_claimable')
          .and.include('orders_suspect')
          .and.include('orders_pkey')
          .and.not.include('Sort');
        expectIndexes(plans);
        expectIndexes(await plansOf(database, (spied) => anyClaimable(spied)));
        expectIndexes(await plansOf(database, (spied) => findClaims(spied, 'w')));
      });

      it('settles by the primary key', async () => {
        const [held] = await claim(database, 'w', 1);
        if (held === undefined) throw new Error('no claim');
        const request = { worker: 'w', places: 0, holding: 0, concurrency: 1 };
        const plans = await plansOf(database, (spied) =>
          settleAndClaim(spied, [{ claim: held, result: 'completed' }], request),
        );
        // Not the other way round: all held orders, and what is settled once more for each of them.
        expect(planOf(plans, 'update orders')).to.match(
          /Subquery Scan on settlement[\s\S]*Index Scan using orders_pkey.*\n +Index Cond: \(seq = settlement.seq\)/,
        );
        expectIndexes(plans);
      });

      it('reads the feed by keys, whole, by types, by user, and of one order', async () => {
        await place(database, `feed ${others}`);
        const plans = [
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10))),
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10, ['failed', 'started']))),
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10, undefined, 'user'))),
        ];
        for (const { plan } of plans.filter(({ sql }) => sql.includes('join'))) {
          expect(plan).to.match(
            /Index Scan using event_runs_pkey .*\n +Index Cond: \(\(run >= \S+ AND \(run <= /,
          );
        }
        const history = await plansOf(database, (spied) =>
          readEventsOfOrder(spied, `feed ${others}`, 0),
        );
        expect(history.map(({ plan }) => plan).join('\n')).to.include('event_runs_block');
        expectIndexes([...plans, ...history]);
      });

      it('sweeps by the partial indexes', async () => {
        await place(database, `c ${others}`);
        await claim(database, `dead ${others}`, 1);
        await sql`update workers set alive_until = 1`.execute(database.writer);
        const plans = await plansOf(database, (spied) => sweep(spied, policy));
        expect(plans.map(({ plan }) => plan).join('\n'))
          .to.include('orders_retrying')
          .and.include('held_blocks_pkey');
        expectIndexes(plans);
      });

      it('cancels, retries and leaves by keys', async () => {
        const order = `e ${others}`;
        await place(database, order);
        expectIndexes(await plansOf(database, (spied) => cancelOrder(spied, order, null)));
        expectIndexes(await plansOf(database, (spied) => retryOrder(spied, order)));
        expectIndexes(await plansOf(database, (spied) => findCancelRequests(spied, 'w')));
        expectIndexes(await plansOf(database, (spied) => leave(spied, 'nobody')));
      });

      it('spends and forgets keys by the keys and their age', async () => {
        const keyed = [`k ${others}`, `l ${others}`].map((key) =>
          newOrder(key, { idempotency: { key, fingerprint: key } }),
        );
        await placeOrders(database, keyed.slice(0, 1));
        expectIndexes(await plansOf(database, (spied) => placeOrders(spied, keyed)));
        const age = sql`update idempotency_keys set created_at = created_at - 100000000`;
        await age.execute(database.writer);
        const sweeping = await plansOf(database, (spied) => sweep(spied, policy));
        expect(planOf(sweeping, 'delete from idem')).to.include('idempotency_keys_created_at');
        expectIndexes(sweeping);
      });

      it('places, finds and tells the history, the feed and the figures by keys', async () => {
        for (const work of [
          (spied: Database) => place(spied, `d ${others}`),
          (spied: Database) => findOrder(spied, 'a'),
          (spied: Database) => findOrderAndPlace(spied, `d ${others}`),
          (spied: Database) => readHistory(spied, 'a'),
          (spied: Database) => readEvents(spied, 0, 10),
          (spied: Database) => readEvents(spied, 0, 10, ['failed', 'started']),
          (spied: Database) => readEventsOfOrder(spied, 'a', 0),
          (spied: Database) => readMetrics(spied),
          (spied: Database) => readFigures(spied),
        ]) {
          expectIndexes(await plansOf(database, work));
        }
      });

      it('reads no counters of the queue for the figures, and no others for what is done in it', async () => {
        const figures = await plansOf(database, (spied) => readMetrics(spied));
        expect(planOf(figures, 'select "counter"')).to.match(/Index Cond: \(counter < \S+\)/);
        const done = { counter: 'queue', part: 7, slot: 0, orders: 0 } as const;
        const tidying = await plansOf(database, (spied) =>
          write(spied, (writing) => tidyBlocks(writing, [done])),
        );
        expect(planOf(tidying, 'delete from counters')).to.match(
          /Index Cond: \(\(counter = 'queue'::text\) AND \(part = ANY/,
        );
      });

      it('prunes by the indexes of orders that have ended, and by keys', async () => {
        await place(database, `p ${others}`);
        await cancelOrder(database, `p ${others}`, null);
        const from = { end: 'CANCELLED', placedAt: 0, seq: 0 } as const;
        const plans = await plansOf(database, (spied) => pruneOrders(spied, 0, from));
        expect(planOf(plans, 'select seq, placed_at')).to.include('orders_cancelled');
        expect(planOf(plans, 'delete from event_runs')).to.include('event_runs_block');
        expectIndexes(plans);
      });

      for (const [status, userId, index] of [
        [undefined, undefined, 'orders_open'],
        ['PENDING', undefined, 'orders_open'],
        ['PROCESSING', undefined, 'orders_'],
        ['COMPLETED', undefined, 'orders_completed'],
        ['FAILED', undefined, 'orders_failed'],
        ['CANCELLED', undefined, 'orders_cancelled'],
        [undefined, 'user', 'orders_by_user'],
        ['PENDING', 'user', 'orders_by_user'],
        ['PROCESSING', 'user', 'orders_'],
        ['COMPLETED', 'user', 'orders_by_user'],
        ['FAILED', 'user', 'orders_unfulfilled_by_user'],
        ['CANCELLED', 'user', 'orders_unfulfilled_by_user'],
      ] as const) {
        it(`lists ${status ?? 'all'} orders of ${userId ?? 'all users'} in the order of an index`, async () => {
          const after = { placedAt: 100_000, seq: 100_000 };
          const plans = await plansOf(database, (spied) =>
            findOrders(spied, { status, userId }, 20, after),
          );
          expect(plans.map(({ plan }) => plan).join('\n')).to.include(index);
          expectIndexes(plans);
          const sorted = plans.filter(({ plan }) => plan.includes('Sort'));
          if (status !== 'PROCESSING') expect(sorted).to.deep.equal([]);
        });
      }
    });
  }
});

interface Plan {
  readonly sql: string;
  readonly plan: string;
}

const planOf = (plans: readonly Plan[], text: string) =>
  plans.find((plan) => plan.sql.includes(text))?.plan;

/** What the planner says of every statement that `work` executes, whatever values it gets. */
async function plansOf(
  database: Database,
  work: (spied: Database) => Promise<unknown>,
): Promise<Plan[]> {
  const executed = new Set<string>();
  const spyOn = (connection: Kysely<Schema>) =>
    connection.withPlugin({
      transformQuery({ node, queryId }) {
        executed.add(connection.getExecutor().compileQuery(node, queryId).sql.trim());
        return node;
      },
      transformResult: async ({ result }) => result,
    });
  const { writer, reader } = database;
  // Statements are composed once for each object of phrases, and seen when they are.
  const phrases = { ...database.phrases };
  await work({ ...database, phrases, writer: spyOn(writer), reader: spyOn(reader) });
  const plans: Plan[] = [];
  for (const text of executed) {
    const explained = await reader.executeQuery<{ 'QUERY PLAN': string }>({
      ...sql`select 1`.compile(reader),
      sql: `explain (generic_plan) ${text}`,
      parameters: [],
    });
    plans.push({ sql: text, plan: explained.rows.map((row) => row['QUERY PLAN']).join('\n') });
  }
  return plans;
}

/** What is small or is read as a whole may be read as it lies there; orders and events never. */
function expectIndexes(plans: readonly Plan[]): void {
  expect(plans).to.not.deep.equal([]);
  for (const { sql: text, plan } of plans) {
    expect(plan, text).to.not.match(
      /Seq Scan on (orders|event_runs|idempotency_keys|pruned_orders)/,
    );
    // An index that is read from end to end, but for the partial ones of the queue, is no better.
    expect(plan, text).to.not.match(
      /Scan using (orders_pkey|event_runs_pkey|orders_by_user|pruned_orders_pkey) .*\n(?!.*Index Cond)/,
    );
  }
}

/** By some at a time: a statement has ten seconds, on a busy machine too. */
async function addOrders({ writer }: Database, many: number): Promise<void> {
  const batch = 20_000;
  for (let first = 1; first <= many; first += batch) {
    await sql`
      insert into orders (order_id, user_id, total_minor, currency, status, placed_at, started_at,
        finished_at, request_id, item_ids)
      select 'old-' || i, 'user', i, 'USD', case when i % 50 = 0 then 'FAILED' else 'COMPLETED' end,
        i, i, i, 'r', 'x'
      from generate_series(${first}::integer, ${Math.min(many, first + batch - 1)}::integer) as i
    `.execute(writer);
  }
}
