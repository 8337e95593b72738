import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Kysely, sql } from 'kysely';

import {
  anyClaimable,
  closeDatabase,
  type Database,
  findOrder,
  openDatabase,
  readEvents,
  readEventsOfOrder,
  readHistory,
  readMetrics,
  sweep,
} from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import type { Schema } from '../../src/schema.ts';
import { temporaryDirectory } from '../databases.ts';
import { claim, place } from '../given.ts';

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
      before(async function () {
        this.timeout(60_000);
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
        expectNoScan(await plansOf(database, (spied) => anyClaimable(spied)));
      });

      it('settles by the primary key', async () => {
        const [held] = await claim(database, 'w', 1);
        if (held === undefined) throw new Error('no claim');
        const request = { worker: 'w', places: 0, holding: 0, concurrency: 1 };
        const plans = await plansOf(database, (spied) =>
          settleAndClaim(spied, [{ claim: held, result: 'completed' }], request),
        );
        expect(plans.find((plan) => plan.sql.startsWith('update orders'))?.plan).to.include(
          'SEARCH orders USING INTEGER PRIMARY KEY',
        );
        expectNoScan(plans);
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

      it('places, finds and tells the history and the metrics by keys', async () => {
        expectNoScan(await plansOf(database, (spied) => place(spied, `d ${others}`)));
        expectNoScan(await plansOf(database, (spied) => findOrder(spied, 'a')));
        expectNoScan(await plansOf(database, (spied) => readHistory(spied, 'a')));
        expectNoScan(await plansOf(database, (spied) => readMetrics(spied)));
      });

      it('reads the feed by keys, with and without types, from anywhere to anywhere', async () => {
        const plans = [
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10))),
          ...(await plansOf(database, (spied) => readEvents(spied, 0, 10, ['failed', 'started']))),
          ...(await plansOf(database, (spied) => readEventsOfOrder(spied, 'a', 0))),
        ];
        for (const { plan } of plans.filter(({ sql }) => sql.includes('join'))) {
          expect(plan)
            .to.include('SEARCH event USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)')
            .and.include('SEARCH orders USING INTEGER PRIMARY KEY (rowid=?)')
            .and.not.include('TEMP B-TREE');
        }
        // The end of the feed is the last entry of the key, the first that this scan meets.
        const others = plans.filter(({ sql }) => !/^select "id" .* limit/.test(sql));
        expect(others).to.have.length(plans.length - 3);
        expectNoScan(others);
      });
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
        executed.set(compiled.sql.trim(), compiled.parameters);
        return node;
      },
      transformResult: async ({ result }) => result,
    });
  const { writer, reader } = database;
  await work({ ...database, writer: spyOn(writer), reader: spyOn(reader) });
  const plans: Plan[] = [];
  for (const [text, parameters] of executed) {
    const explained = await reader.executeQuery<{ detail: string }>({
      ...sql`select 1`.compile(reader),
      sql: `explain query plan ${text}`,
      parameters,
    });
    plans.push({ sql: text, plan: explained.rows.map(({ detail }) => detail).join('\n') });
  }
  return plans;
}

/** Small tables and rows given by the caller are scanned; orders and their events never. */
function expectNoScan(plans: readonly Plan[]): void {
  expect(plans).to.not.deep.equal([]);
  for (const { sql: text, plan } of plans) {
    const scans = plan
      .split('\n')
      .filter((line) => /^SCAN (orders|order_events)/.test(line))
      .filter(
        (line) => !/USING (COVERING )?INDEX orders_(claimable|suspect|retrying|held)/.test(line),
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
}
