import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { toMinor } from '@orders/contract';
import { type Database, readMetrics } from '@orders/db';
import { kinds } from '@orders/db/testing';
import { expect } from 'chai';

import { claimsOf, overtaken } from '../src/claims.ts';
import { root } from '../src/processes.ts';
import { eventually, freePort, serviceOfEachTest } from '../src/service.ts';
import { type OrderBody, openShop } from '../src/shop.ts';

const file = join(root, '../shared/data/online-retail-orders.ndjson.gz');

describe('a year of real orders', () => {
  let orders: OrderBody[];
  before(function () {
    if (!existsSync(file)) {
      console.log('      skipped: ../shared/data/online-retail-orders.ndjson.gz is not here');
      this.skip();
    }
    const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n');
    orders = lines.map((line) => JSON.parse(line));
  });

  const rowsOf = ({ reader }: Database) =>
    reader.selectFrom('orders').selectAll().orderBy('seq').execute();

  /** Every order is there as it was sent, once. */
  async function expectAll(database: Database, orders: readonly OrderBody[]) {
    const rows = await rowsOf(database);
    expect(rows.length).to.equal(orders.length);
    const sum = orders.reduce((total, order) => total + toMinor(order.total_amount, 'GBP'), 0);
    expect(rows.reduce((total, row) => total + row.total_minor, 0)).to.equal(sum);
    const sent = new Map(orders.map((order) => [order.order_id, order]));
    for (const row of rows) {
      const order = sent.get(row.order_id) as OrderBody;
      expect([row.user_id, row.item_ids]).to.deep.equal([order.user_id, order.item_ids]);
      expect([row.status, row.attempt]).to.deep.equal(['COMPLETED', 1]);
    }
    return rows;
  }

  describe('on one file', () => {
    const service = serviceOfEachTest();

    it('goes through npm start: each order once, in its turn, to the cent, never twice', async () => {
      const PORT = await freePort();
      const npm = service.start('npm', ['start', '--silent'], {
        ...{ PORT, PROCESSING_TIME_MS: '0', WORKER_CONCURRENCY: '100', LOG_LEVEL: 'warn' },
      });
      const url = `http://127.0.0.1:${PORT}`;
      const alive = () =>
        fetch(`${url}/readyz`).then(
          ({ ok }) => ok,
          () => false,
        );
      await Promise.race([eventually(alive), npm.ended]);
      const shop = openShop(url, 64);
      expect(await shop.placeAll(orders)).to.deep.equal({ 201: orders.length });
      await eventually(async () => (await shop.metrics()).completed_orders === orders.length);

      const rows = await expectAll(service.database, orders);
      expect(rows.reduce((total, row) => total + row.total_minor, 0)).to.equal(1_065_562_248);
      for (const order of orders.slice(0, 200)) {
        expect((await shop.get(order.order_id)).body.total_amount).to.equal(order.total_amount);
      }
      const starts = await service.database.reader
        .selectFrom('order_events')
        .select('seq')
        .where('type', '=', 'started')
        .orderBy('id')
        .execute();
      expect(starts.map(({ seq }) => seq)).to.deep.equal(rows.map(({ seq }) => seq));

      const before = await readMetrics(service.database);
      const again = process.env.TEST_LONG ? orders : orders.filter((_, i) => i % 5 === 0);
      expect(await shop.placeAll(again)).to.deep.equal({ 409: again.length });
      expect(await readMetrics(service.database)).to.deep.equal(before);
      expect(await rowsOf(service.database)).to.deep.equal(rows);
      shop.close();
      npm.signal('SIGTERM');
      expect(await npm.ended).to.equal(0);
    });
  });

  describe('on a PostgreSQL server', () => {
    const service = serviceOfEachTest(kinds.postgres);

    it('goes through two APIs and four workers: each order once, in its turn, to the cent', async () => {
      // All of them take half a minute.
      const few = process.env.TEST_LONG ? orders : orders.filter((_, i) => i % 5 === 0);
      const env = { PROCESSING_TIME_MS: '0', WORKER_CONCURRENCY: '25' };
      const [one, other] = await Promise.all([service.api(), service.api()]);
      const shops = [openShop(one.url, 32), openShop(other.url, 32)] as const;
      const queueIsLong = Promise.withResolvers<void>();
      const acceptedAt = new Map<string, number>();
      const accept = ({ order_id }: OrderBody) => {
        expect(acceptedAt.has(order_id), order_id).to.equal(false);
        acceptedAt.set(order_id, Date.now());
        if (acceptedAt.size === Math.ceil(few.length / 3)) queueIsLong.resolve();
      };
      // Each tenth order is sent to both.
      const parts = [0, 1].map((part) => few.filter((_, i) => i % 10 === 0 || i % 2 === part));
      const placing = shops.map((shop, i) => shop.placeAll(parts[i] ?? [], accept));
      await queueIsLong.promise;
      const workers = await Promise.all([1, 2, 3, 4].map(() => service.worker(env)));
      const answers = await Promise.all(placing);
      expect(acceptedAt.size).to.equal(few.length);
      const refused = answers.map(({ 201: _, ...others }) => others);
      const twice = Math.ceil(few.length / 10);
      expect((refused[0]?.[409] ?? 0) + (refused[1]?.[409] ?? 0)).to.equal(twice);
      expect(refused.flatMap(Object.keys).every((status) => status === '409')).to.equal(true);
      await eventually(async () => (await shops[0].metrics()).completed_orders === few.length);

      const rows = await expectAll(service.database, few);
      const claims = await claimsOf(service.database);
      expect(new Set(claims.map(({ worker }) => worker)).size).to.equal(4);
      expect(claims.flatMap(({ seqs }) => seqs).length).to.equal(few.length);
      for (const { seqs } of claims) expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));
      const accepted = rows.map(({ seq, order_id }) => ({
        ...{ seq, at: acceptedAt.get(order_id) as number },
      }));
      expect(overtaken(claims, accepted)).to.deep.equal([]);
      for (const shop of shops) shop.close();
      const ended = await Promise.all([one, other, ...workers].map((process) => process.stop()));
      expect(ended).to.deep.equal([0, 0, 0, 0, 0, 0]);
    });
  });
});
