import { expect } from 'chai';
import { sql } from 'kysely';
import { write } from '../../src/database.ts';
import {
  anyClaimable,
  closeDatabase,
  type Database,
  type Outcome,
  openDatabase,
  placeOrders,
  readMetrics,
} from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import { claim, newOrder, nothing, place } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('a queue on PostgreSQL that nobody has vacuumed', () => {
  let own: OwnDatabase;
  let database: Database;
  beforeEach(async () => {
    own = await kinds.postgres();
    // One session, so that all its statistics are known.
    database = await openDatabase(`${own.url}?pool_size=1`);
    await sql`alter table orders set (autovacuum_enabled = off)`.execute(database.writer);
  });
  afterEach(async () => {
    await closeDatabase(database);
    await own.destroy();
  });

  /** How many pages of the index of what can be claimed this reads. */
  async function pagesReadBy(work: () => Promise<unknown>): Promise<number> {
    const before = await pagesRead();
    await work();
    return (await pagesRead()) - before;
  }

  async function pagesRead(): Promise<number> {
    await sql`select pg_stat_force_next_flush()`.execute(database.reader);
    const { rows } = await sql<{ pages: number }>`
      select idx_blks_read + idx_blks_hit as pages from pg_statio_user_indexes
      where indexrelname = 'orders_claimable'`.execute(database.reader);
    return rows[0]?.pages ?? 0;
  }

  async function drain(): Promise<void> {
    for (let held = await claim(database, 'w', 1000); held.length > 0; ) {
      const outcomes = held.map((one): Outcome => ({ claim: one, result: 'completed' }));
      await settleAndClaim(database, outcomes, nothing);
      held = await claim(database, 'w', 1000);
    }
  }

  it('is claimed from as when it was new, however many have left it', async () => {
    const look = async () => {
      await place(database, `look ${performance.now()}`);
      expect(await anyClaimable(database)).to.equal(true);
      await readMetrics(database);
      await drain();
      expect(await anyClaimable(database)).to.equal(false);
    };
    await look();
    const whenNew = await pagesReadBy(look);
    const orders = Array.from({ length: 10_000 }, (_, i) => newOrder(`o${i}`));
    await placeOrders(database, orders);
    await drain();
    await look();
    expect(await pagesReadBy(look)).to.be.at.most(4 * whenNew);
  });

  it('forgets blocks that are drained by other slots than those by which they were filled', async () => {
    await placeOrders(
      database,
      Array.from({ length: 5000 }, (_, i) => newOrder(`o${i}`)),
    );
    const other = await openDatabase(own.url);
    // A transaction that keeps the first slot to itself, by which the orders came.
    await write(other, drain);
    await closeDatabase(other);
    // Those of the last claim are forgotten by the next.
    const { rows } = await sql<{ block: number }>`
      select min(part) as block from counters where counter = 'queue'`.execute(database.reader);
    expect(rows[0]?.block).to.be.at.least(3);
  });
});
