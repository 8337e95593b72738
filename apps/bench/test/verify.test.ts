import { closeDatabase, findOrder, openDatabase, readMetrics } from '@orders/db';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { bigFileId, makeBig } from '../src/big-file.ts';
import {
  connect,
  makeEmpty,
  makePending,
  pourInto,
  verifyCompleted,
  verifyPlaced,
} from '../src/orders.ts';
import { withScratch } from '../src/scratch.ts';

describe('what a benchmark checks', () => {
  const bigFile = (check: (path: string) => void | Promise<void>) =>
    withScratch(async (scratch) => {
      const path = scratch.path('orders.db');
      await makeBig(path, 100);
      await check(path);
    });

  it('holds for a file that was made big', () =>
    bigFile(async (path) => {
      verifyCompleted(path, 100);
      const database = await openDatabase(`file:${path}`);
      const { totalOrders, avgProcessingTimeSec } = await readMetrics(database);
      expect([totalOrders, avgProcessingTimeSec]).to.deep.equal([100, 2]);
      expect((await findOrder(database, bigFileId(42)))?.seq).to.equal(43);
      await closeDatabase(database);
    }));

  it('knows the id of each order of ten million', () => {
    const sqlite = new BetterSqlite3(':memory:');
    const query = sqlite.prepare(`select printf('%08x-%d', (? * 2654435761) % 4294967296, ?)`);
    for (const n of [0, 1, 3_399_999, 9_999_999]) {
      expect(query.pluck().get(BigInt(n), BigInt(n))).to.equal(bigFileId(n));
    }
    sqlite.close();
  });

  const faults = {
    'a lost order': 'delete from orders where seq = 7',
    'an order that is not completed': `update orders set status = 'FAILED' where seq = 7`,
    'an order completed twice': `insert into event_runs (seq, orders, type, at, attempt)
      values (7, 1, 'completed', 0, 1)`,
    'a second attempt': 'update orders set attempt = 2 where seq = 7',
    'a wrong counter': `insert into counters values ('now PENDING', 0, 0, 1, 0)`,
  };
  for (const [fault, statement] of Object.entries(faults)) {
    it(`finds ${fault}`, () =>
      bigFile((path) => {
        const database = connect(path);
        database.exec(statement);
        database.close();
        expect(() => verifyCompleted(path, 100)).to.throw();
      }));
  }

  it('holds for orders that were poured from one file into another', () =>
    withScratch(async (scratch) => {
      const [from, to] = [scratch.path('from.db'), scratch.path('to.db')];
      await makePending(from, 30);
      await makeEmpty(to);
      pourInto(to, from);
      verifyPlaced(to, 30, 0);
      expect(() => verifyPlaced(to, 31, 0)).to.throw('31 orders were placed, 30 are in the file');
      expect(() => verifyPlaced(to, 28, 1)).to.throw('28 orders were placed, 30 are in the file');
    }));
});
