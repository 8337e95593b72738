import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import pg from 'pg';

import { closeDatabase, type Database, openDatabase } from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import { claim, nothing, place } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('waking up others by PostgreSQL', () => {
  let own: OwnDatabase;
  let shop: Database;
  let other: Database;
  const notices: string[] = [];
  let onNotice: (message: string) => void;
  beforeEach(async () => {
    own = await kinds.postgres();
    onNotice = () => {};
    shop = await openDatabase(own.url);
    other = await openDatabase(own.url, {
      onNotice: (message) => {
        notices.push(message.replace(/^.*: /, ''));
        onNotice(message);
      },
    });
    notices.length = 0;
  });
  afterEach(async () => {
    await closeDatabase(shop);
    await closeDatabase(other);
    await own.destroy();
  });

  /** Counts the rings, and lets the test wait for the next. */
  function listen(database: Database, news: 'work' | 'events') {
    let heard = Promise.withResolvers<void>();
    const listening = {
      rings: 0,
      next: () => heard.promise,
      close: () => watch.close(),
    };
    const watch = database.watchCommits(news, () => {
      listening.rings += 1;
      heard.resolve();
      heard = Promise.withResolvers();
    });
    return listening;
  }

  /** What is notified, from outside. */
  async function overhear() {
    const client = new pg.Client(own.url);
    await client.connect();
    await client.query('listen orders_work; listen orders_events');
    const heard: string[] = [];
    client.on('notification', ({ channel }) => heard.push(channel));
    return { client, heard };
  }

  async function cutListeners() {
    const client = new pg.Client(own.url);
    await client.connect();
    await client.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like 'listen %'`);
    await client.end();
  }

  it('tells workers of orders that can be claimed, and not of those that are started or done', async () => {
    const { client, heard } = await overhear();
    const said = async () => {
      // Comes behind all that was sent before.
      await closeDatabase(shop);
      shop = await openDatabase(own.url);
      await client.query('select 1');
      return heard.splice(0).toSorted();
    };
    await place(shop, 'a');
    expect(await said()).to.deep.equal(['orders_events', 'orders_work']);
    const [a] = await claim(shop, 'w', 1);
    await settleAndClaim(shop, [{ claim: a as never, result: 'released' }], nothing);
    expect(await said()).to.include('orders_work');
    const [again] = await claim(shop, 'w', 1);
    await settleAndClaim(shop, [{ claim: again as never, result: 'completed' }], nothing);
    expect(new Set(await said())).to.deep.equal(new Set(['orders_events']));
    await client.end();
  });

  it('tells at most once of many commits that come together', async () => {
    const { client, heard } = await overhear();
    await Promise.all(Array.from({ length: 50 }, (_, i) => place(shop, `o${i}`)));
    await closeDatabase(shop);
    await client.query('select 1');
    expect(heard.filter((channel) => channel === 'orders_work').length).to.be.within(1, 49);
    await client.end();
    shop = await openDatabase(own.url);
  });

  it('rings for others, not for oneself', async () => {
    const mine = listen(shop, 'work');
    const theirs = listen(other, 'work');
    // Once each at first: there may have been something before it was listened to.
    await Promise.all([mine.next(), theirs.next()]);
    const heard = theirs.next();
    await place(shop, 'a');
    await heard;
    expect([mine.rings, theirs.rings]).to.deep.equal([1, 2]);
    for (const one of [mine, theirs]) one.close();
  });

  it('listens again after the connection was lost, says both, and rings for what was missed', async () => {
    const theirs = listen(other, 'work');
    await theirs.next();
    const back = new Promise<void>((resolve) => {
      onNotice = (message) => /again/.test(message) && resolve();
    });
    const rung = theirs.next();
    await cutListeners();
    await Promise.all([back, rung]);
    expect(notices).to.deep.equal([
      ...['lost the connection that listens, polling', 'listening again'],
    ]);
    const heard = theirs.next();
    await place(shop, 'a');
    await heard;
    theirs.close();
  });

  it('keeps nothing of connections that were lost', async () => {
    const signals = new Set<AbortSignal>();
    const original = EventTarget.prototype.addEventListener;
    EventTarget.prototype.addEventListener = function (this: EventTarget, ...args) {
      if (this instanceof AbortSignal) signals.add(this);
      return original.apply(this, args);
    };
    try {
      const theirs = listen(other, 'work');
      await theirs.next();
      for (let i = 0; i < 3; i += 1) {
        const rung = theirs.next();
        await cutListeners();
        await rung;
      }
      theirs.close();
    } finally {
      EventTarget.prototype.addEventListener = original;
    }
    const listeners = [...signals].map((signal) => getEventListeners(signal, 'abort').length);
    expect(Math.max(...listeners)).to.be.at.most(1);
  });

  it('can be closed at any moment', async () => {
    for (const wait of [false, true]) {
      const database = await openDatabase(own.url);
      const listening = listen(database, 'events');
      if (wait) await listening.next();
      listening.close();
      await closeDatabase(database);
    }
  });
});
