import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readMetrics } from '@orders/db';
import { expect } from 'chai';

import { root } from '../src/processes.ts';
import { eventually, freePort, onEveryDatabase } from '../src/service.ts';
import { type OrderBody, openShop } from '../src/shop.ts';

const file = join(root, '../shared/data/online-retail-orders.ndjson.gz');

onEveryDatabase('a year of real orders', function (service) {
  this.timeout(120_000);
  before(function () {
    if (!existsSync(file)) {
      console.log('      skipped: ../shared/data/online-retail-orders.ndjson.gz is not here');
      this.skip();
    }
  });

  it('goes through npm start: each order once, in its turn, to the cent, never twice', async () => {
    const orders: OrderBody[] = gunzipSync(readFileSync(file))
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
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

    const { reader } = service.database;
    const rows = await reader.selectFrom('orders').selectAll().orderBy('seq').execute();
    expect(rows.reduce((sum, row) => sum + row.total_minor, 0)).to.equal(1_065_562_248);
    const sent = new Map(orders.map((order) => [order.order_id, order]));
    for (const row of rows) {
      const order = sent.get(row.order_id) as OrderBody;
      expect([row.user_id, row.item_ids]).to.deep.equal([order.user_id, order.item_ids]);
    }
    for (const order of orders.slice(0, 200)) {
      expect((await shop.get(order.order_id)).body.total_amount).to.equal(order.total_amount);
    }
    const starts = await reader
      .selectFrom('order_events')
      .select('seq')
      .where('type', '=', 'started')
      .orderBy('id')
      .execute();
    expect(starts.map(({ seq }) => seq)).to.deep.equal(rows.map(({ seq }) => seq));

    const before = await readMetrics(service.database);
    expect(await shop.placeAll(orders)).to.deep.equal({ 409: orders.length });
    expect(await readMetrics(service.database)).to.deep.equal(before);
    expect(await reader.selectFrom('orders').selectAll().orderBy('seq').execute()).to.deep.equal(
      rows,
    );
    shop.close();
    npm.signal('SIGTERM');
    expect(await npm.ended).to.equal(0);
  });
});
