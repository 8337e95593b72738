import { expect } from 'chai';
import { sql } from 'kysely';

import {
  checkDatabase,
  type Fault,
  failedAttempt,
  type Outcome,
  placeOrders,
  pruneOrders,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase } from './databases.ts';
import { claim, newOrder, nothing, place } from './given.ts';

onEveryDatabase('the check', (subject) => {
  /** One order in each status but CANCELLED, with times. */
  async function given(): Promise<void> {
    const { database, clock } = subject;
    await place(database, 'done', 'failed', 'running', 'waiting');
    clock.now += 1000;
    const [done, failed] = await claim(database, 'w', 3);
    clock.now += 2000;
    const failure = failedAttempt(failed as never, 'no', { maxAttempts: 1, retryBackoffMs: 0 });
    await settleAndClaim(
      database,
      [{ claim: done, result: 'completed' } as Outcome, failure],
      nothing,
    );
  }

  const execute = async (text: string) => {
    await sql.raw(text).execute(subject.database.writer);
  };
  const faults = async () =>
    (await checkDatabase(subject.database)).map(({ in: kind, what }: Fault) => `${kind}: ${what}`);

  it('finds nothing wrong with a new database, nor with one in use', async () => {
    expect(await faults()).to.deep.equal([]);
    await given();
    expect(await faults()).to.deep.equal([]);
  });

  it('reads any number of orders, and tells how far it is', async () => {
    const many = Array.from({ length: 5001 }, (_, i) => newOrder(`o${i}`));
    await placeOrders(subject.database, many);
    let read = 0;
    const found = await checkDatabase(subject.database, (orders) => {
      read = orders;
    });
    expect([found, read]).to.deep.equal([[], 5001]);
  });

  it('ends when nobody wants to know any more, be there orders or not', async () => {
    const enough = () => {
      throw new Error('enough');
    };
    const outcome = await checkDatabase(subject.database, enough).catch(({ message }) => message);
    expect(outcome).to.equal('enough');
  });

  const broken: Record<string, [statement: string, ...faults: (string | RegExp)[]]> = {
    'a counter of orders': [
      `update counters set orders = orders + 1 where counter = 'now PENDING'`,
      'counts: now PENDING: the counter says 2, there are 1',
    ],
    'a counter of nothing': [
      `insert into counters values ('then PENDING', 0, 0, 2, 0)`,
      'counts: then PENDING: the counter says 2, there are 0',
    ],
    'a counter of ends': [
      `update counters set orders = orders + 1 where counter = 'ended FAILED'`,
      'ends: ended FAILED: the counter says 2, there are 1',
    ],
    'the sum of a histogram': [
      `update counters set total_ms = total_ms + 1 where counter = 'lasted processing'`,
      /^times: lasted processing \d+ ms: the counter says 2001, there are 2000$/,
    ],
    'a bucket of a histogram': [
      `update counters set part = part + 1 where counter = 'lasted waiting'`,
      ...[/^times: lasted waiting 81: .* 3, .* 0$/, /^times: lasted waiting 80: .* 0, .* 3$/],
      ...[/^times: lasted waiting 81 ms: /, /^times: lasted waiting 80 ms: /],
    ],
    'a block of the queue': [
      `update counters set orders = orders + 1 where counter = 'queue'`,
      'queue: queue 0: the counter says 2, there are 1',
    ],
    'a block of the queue that is missing': [
      `delete from counters where counter = 'queue'`,
      'queue: queue 0: the counter says 0, there are 1',
    ],
    'the history of an order that is gone': [
      `delete from orders where order_id = 'waiting'`,
      'history: "placed" of 1 orders that are not there (seq 1 to 4)',
      'counts: now PENDING: the counter says 1, there are 0',
      'queue: queue 0: the counter says 1, there are 0',
    ],
    'an order without a history': [
      `update orders set seq = 5 where order_id = 'waiting'`,
      'history: waiting: its history does not begin with its acceptance',
      'history: "placed" of 1 orders that are not there (seq 1 to 4)',
    ],
    'an order that stands otherwise than its history has it': [
      `delete from event_runs where type = 'completed'`,
      'history: done is COMPLETED, its history ends with "started"',
    ],
    'an order in the hands of nobody': [
      'delete from workers',
      'claims: running is held by w, whom nobody knows',
    ],
    'an order that was pruned and is there': [
      `insert into pruned_orders (order_id) values ('done')`,
      'pruned: done was pruned, and is there',
      'pruned: the counters say 0, there are 1 ids',
    ],
  };
  for (const [what, [statement, ...expected]] of Object.entries(broken)) {
    it(`finds ${what}`, async () => {
      await given();
      await execute(statement);
      const found = await faults();
      expect(found, found.join('\n')).to.have.length(expected.length);
      for (const one of expected) {
        if (typeof one === 'string') expect(found).to.include(one);
        else
          expect(
            found.some((fault) => one.test(fault)),
            `${one} ${found.join('\n')}`,
          ).to.equal(true);
      }
    });
  }

  it('knows that what was pruned is part of the figures that only grow', async () => {
    const { database, clock } = subject;
    await given();
    clock.now += 1000;
    await pruneOrders(database, 0);
    await pruneOrders(database, 0, { end: 'FAILED', placedAt: -1, seq: 0 });
    expect(await faults()).to.deep.equal([]);
    await execute(`update counters set orders = 0 where counter = 'lasted processing'`);
    expect(await faults()).to.deep.equal(['times: processed: the counter says 0, there are 1']);
  });

  it('tells ten faults of a kind, and how many more there are', async () => {
    await place(subject.database, ...Array.from({ length: 25 }, (_, i) => `o${i}`));
    await execute('delete from event_runs');
    const found = await faults();
    expect(found).to.have.length(11);
    expect(found.at(-1)).to.equal('history: and 15 more');
  });
});
