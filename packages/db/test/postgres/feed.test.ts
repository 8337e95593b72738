import { expect } from 'chai';
import pg from 'pg';

import { write } from '../../src/database.ts';
import {
  closeDatabase,
  type Database,
  endOfEvents,
  openDatabase,
  readEvents,
  readEventsOfOrder,
} from '../../src/index.ts';
import { insertOrders } from '../../src/place.ts';
import { writeDown } from '../../src/write-down.ts';
import { newOrder, place } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('the feed of a PostgreSQL database', () => {
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

  /** Places an order, and commits when it is told to. */
  async function placeSlowly(orderId: string) {
    const placed = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const committed = write(database, async (writing) => {
      await insertOrders(writing, [newOrder(orderId)]);
      await writeDown(writing);
      writing.transitions.length = 0;
      writing.queue.clear();
      placed.resolve();
      await go.promise;
    });
    await placed.promise;
    return () => {
      go.resolve();
      return committed;
    };
  }

  const idsOf = async (after: number) =>
    (await readEvents(database, after, 100)).events.map(({ orderId }) => orderId);

  it('stops short of a transaction that has taken its ids and is not committed', async () => {
    await place(database, 'before');
    const commit = await placeSlowly('late');
    await place(database, 'after');

    const first = await readEvents(database, 0, 100);
    expect(first.events.map(({ orderId }) => orderId)).to.deep.equal(['before']);
    expect(await endOfEvents(database)).to.equal(first.readTo);
    await commit();
    expect(await idsOf(first.readTo)).to.deep.equal(['late', 'after']);
  });

  it('takes the place of an event that was told in a history before the feed has come to it', async () => {
    await place(database, 'before');
    const commit = await placeSlowly('late');
    await place(database, 'after');
    const { events } = await readEventsOfOrder(database, 'after', 0);
    const told = events.at(-1)?.id as number;
    expect(told).to.be.above(await endOfEvents(database));
    expect(await readEvents(database, told, 10)).to.deep.equal({ events: [], readTo: told });
    await commit();
  });

  it('goes as far as the oldest of several', async () => {
    const commits = [await placeSlowly('a'), await placeSlowly('b')];
    await place(database, 'c');
    await commits[1]?.();
    expect(await idsOf(0)).to.deep.equal([]);
    await commits[0]?.();
    expect(await idsOf(0)).to.deep.equal(['a', 'b', 'c']);
  });

  it('is not held back by a transaction that was undone, nor by what others do on the server', async () => {
    const stranger = new pg.Client(own.url);
    await stranger.connect();
    await stranger.query('create table strange (n bigint); begin; insert into strange values (1)');
    await place(database, 'a');
    const undone = new Error('undone');
    await write(database, async (writing) => {
      await insertOrders(writing, [newOrder('b')]);
      await writeDown(writing);
      throw undone;
    }).catch((error) => expect(error).to.equal(undone));
    await place(database, 'c');

    expect(await idsOf(0)).to.deep.equal(['a', 'c']);
    await stranger.end();
  });
});
