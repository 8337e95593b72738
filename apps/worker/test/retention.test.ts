import { cancelOrder, closeDatabase, type Database, openDatabase, placeOrders } from '@orders/db';
import { kinds, type OwnDatabase } from '@orders/db/testing';
import type { Log } from '@orders/runtime';
import { expect } from 'chai';

import { startPruning } from '../src/retention.ts';

const day = 86_400_000;

describe('a worker with RETENTION_DAYS', () => {
  let own: OwnDatabase;
  let database: Database;
  let now: number;
  let said: [facts: Record<string, unknown>, message: string][];
  let onSaid: () => void;
  const tell = (facts: Record<string, unknown>, message: string) => {
    said.push([facts, message]);
    onSaid();
  };
  const log = { info: tell, warn: tell } as unknown as Log;
  const pausesMs = { done: 5, busy: 1, step: 1 };

  beforeEach(async () => {
    [now, said, onSaid] = [Date.UTC(2026, 0, 1), [], () => {}];
    own = await kinds.sqlite();
    database = await openDatabase(own.url, { clock: () => now });
    const orders = Array.from({ length: 250 }, (_, i) => ({
      ...{ orderId: `o${i}`, userId: 'u', itemIds: 'a', totalMinor: 1, currency: 'USD' },
      requestId: 'r',
    }));
    await placeOrders(database, orders);
    for (const { orderId } of orders) await cancelOrder(database, orderId, null);
  });
  afterEach(async () => {
    await closeDatabase(database);
    await own.destroy();
  });

  const heard = () =>
    new Promise<void>((resolve) => {
      onSaid = resolve;
    });
  const left = async () =>
    (await database.reader.selectFrom('orders').select('seq').execute()).length;

  it('prunes all that ended so long ago, and says how much that was', async () => {
    now += day;
    const pruning = startPruning(database, log, { retentionMs: day, isIdle: () => true, pausesMs });
    await heard();
    await pruning.stop();
    expect(said).to.deep.equal([[{ orders: 250 }, 'old orders pruned']]);
    expect(await left()).to.equal(0);
  });

  it('prunes nothing while it has something to do', async () => {
    now += day;
    let busy = 5;
    const isIdle = () => {
      if (busy > 0) expect(said).to.deep.equal([]);
      busy -= 1;
      return busy < 0;
    };
    const pruning = startPruning(database, log, { retentionMs: day, isIdle, pausesMs });
    await heard();
    await pruning.stop();
    expect(busy).to.be.below(0);
  });

  it('looks again for what has grown old meanwhile', async () => {
    let looks = 0;
    const isIdle = () => {
      looks += 1;
      if (looks === 10) now += day;
      return true;
    };
    const pruning = startPruning(database, log, { retentionMs: day, isIdle, pausesMs });
    await heard();
    await pruning.stop();
    expect(looks).to.be.above(10);
    expect(await left()).to.equal(0);
  });

  it('goes on trying when the database is unavailable', async () => {
    now += day;
    let broken = true;
    const reader = new Proxy(database.reader, {
      get(target, name) {
        if (broken) throw new Error('gone');
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const options = { retentionMs: day, isIdle: () => true, pausesMs };
    const pruning = startPruning({ ...database, reader }, log, options);
    await heard();
    broken = false;
    await heard();
    await pruning.stop();
    expect(said.map(([, message]) => message)).to.deep.equal([
      'pruning failed, trying again',
      'old orders pruned',
    ]);
  });
});
