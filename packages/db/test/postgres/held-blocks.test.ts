import { expect } from 'chai';
import { sql } from 'kysely';

import {
  cancelOrder,
  checkDatabase,
  closeDatabase,
  type Database,
  findClaims,
  openDatabase,
  placeOrders,
  readQueue,
} from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import { claim, ids, newOrder, nothing, place, sweep } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('what workers hold on PostgreSQL', () => {
  let own: OwnDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await kinds.postgres();
    database = await openDatabase(own.url);
  });
  afterEach(async () => {
    await closeDatabase(database);
    await own.destroy();
  });

  const blocks = async () => {
    const { rows } = await sql<{ worker: string; block: number; orders: number }>`
      select worker, block, orders from held_blocks order by worker, block`.execute(
      database.reader,
    );
    return rows.map(({ worker, block, orders }) => `${worker} ${block} ${orders}`);
  };
  const faults = async () => (await checkDatabase(database)).map(({ what }) => what);

  it('is found in every block, and blocks of which nothing is held are forgotten', async () => {
    await placeOrders(
      database,
      Array.from({ length: 3000 }, (_, i) => newOrder(`o${i}`)),
    );
    const early = await claim(database, 'v', 2);
    const held = await claim(database, 'w', 2900);
    expect(await blocks()).to.deep.equal(['v 0 2', 'w 0 1021', 'w 1 1024', 'w 2 855']);
    expect(ids(await findClaims(database, 'w'))).to.deep.equal(ids(held));
    expect(await faults()).to.deep.equal([]);
    const kept = held.at(-1);
    const outcomes = [...early, ...held.slice(0, -1)].map((one) => ({
      ...{ claim: one, result: 'completed' as const },
    }));
    await settleAndClaim(database, outcomes, nothing);
    expect(await blocks()).to.deep.equal(['w 2 1']);
    expect(ids(await findClaims(database, 'w'))).to.deep.equal([kept?.order.orderId]);
    expect(await faults()).to.deep.equal([]);
  });

  it('is nothing any more however a claim ended, and the wish to cancel ends none', async () => {
    await place(database, 'a', 'b', 'c', 'd', 'e');
    const [a, b, c] = await claim(database, 'w', 4);
    if (!a || !b || !c) throw new Error('no claims');
    await cancelOrder(database, 'a', null);
    await cancelOrder(database, 'e', null);
    expect(await blocks()).to.deep.equal(['w 0 4']);
    await settleAndClaim(
      database,
      [
        { claim: a, result: 'released' },
        { claim: b, result: 'released' },
        { claim: c, result: 'failed', error: 'no', retryInMs: 60_000 },
      ],
      nothing,
    );
    expect(await blocks()).to.deep.equal(['w 0 1']);
    await sql`update workers set alive_until = 1`.execute(database.writer);
    await sweep(database, { maxAttempts: 1, retryBackoffMs: 0 });
    expect(await blocks()).to.deep.equal([]);
    expect((await readQueue(database)).workers).to.deep.equal([]);
    expect(await faults()).to.deep.equal([]);
  });

  it('is missed by the check where it is not counted right', async () => {
    await place(database, 'a', 'b');
    await claim(database, 'w', 1);
    await sql`update held_blocks set orders = 2`.execute(database.writer);
    expect(await faults()).to.deep.equal(['w holds 1 orders of block 0, kept as 2']);
    await sql`delete from held_blocks`.execute(database.writer);
    expect(await faults()).to.deep.equal(['w holds 1 orders of block 0, kept as 0']);
  });
});
