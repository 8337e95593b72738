import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readHistory, readMetrics } from '@orders/db';
import { expect } from 'chai';

import { placeAll } from '../src/place-all.ts';
import { program } from '../src/processes.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBodies, orderBody } from '../src/shop.ts';

const isUnavailable = ({ err }: Record<string, unknown>) =>
  (err as { type?: string } | undefined)?.type === 'DatabaseUnavailable';

describe('a disk that is full', () => {
  let directory: string;
  const mount = (...options: string[]) => spawnSync('mount', [...options, directory]);
  const service = serviceOfEachTest(async () => {
    directory = mkdtempSync(join(tmpdir(), 'orders-full-'));
    isMounted = mount('-t', 'tmpfs', '-o', 'size=3m', 'orders-test').status === 0;
    return {
      url: `file:${join(directory, 'orders.db')}`,
      async destroy() {
        if (isMounted) spawnSync('umount', [directory]);
        rmSync(directory, { recursive: true });
      },
    };
  });
  let isMounted = false;

  it('costs no order that was accepted, and is got over as soon as there is room', async function () {
    // Only root may mount.
    if (!isMounted) return this.skip();
    const env = { PROCESSING_TIME_MS: '0', WORKER_CONCURRENCY: '10' };
    const [api, worker] = await Promise.all([service.api(), service.worker(env)]);
    const shop = openShop(api.url, 4);
    const items = Array.from({ length: 200 }, (_, i) => `${'x'.repeat(58)}${i}`).join(',');
    const accepted: string[] = [];
    const client = async (name: number) => {
      for (let i = 0; ; i++) {
        const order = orderBody(`${name}-${i}`, { item_ids: items });
        const { status, body } = await shop.place(order);
        if (status !== 201) return `${body.type}`;
        accepted.push(order.order_id);
      }
    };
    const refusals = await Promise.all([0, 1, 2, 3].map(client));
    expect(new Set(refusals)).to.deep.equal(new Set(['/problems/database-unavailable']));
    expect(accepted.length).to.be.at.least(20);
    const line = await api.logged(isUnavailable);
    expect(JSON.stringify(line)).to.match(/SQLITE_FULL|SQLITE_IOERR/);
    expect((await fetch(`${api.url}/livez`)).status).to.equal(200);

    mount('-o', 'remount,size=64m');
    await eventually(async () => (await fetch(`${api.url}/readyz`)).ok);
    expect((await shop.place(orderBody('afterwards'))).status).to.equal(201);
    const metrics = await eventually(async () => {
      const { body } = await shop.get('afterwards');
      const now = await readMetrics(service.database);
      return body.status === 'Completed' && now.completedOrders > accepted.length && now;
    });
    shop.close();
    expect(metrics.completedOrders).to.equal(metrics.totalOrders);
    for (const orderId of accepted) {
      const types = (await readHistory(service.database, orderId)).map(({ type }) => type);
      expect(types, orderId).to.deep.equal(['placed', 'started', 'completed']);
    }
    expect(await worker.stop()).to.equal(0);
  });
});

describe('what a processor says on stdout and stderr', () => {
  const service = serviceOfEachTest();
  const PROCESSOR = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');

  /** Resolves when each of some orders, of which each says something, is completed at once. */
  async function completeAll(): Promise<void> {
    await placeAll(
      service.database,
      Array.from({ length: 20 }, (_, i) => `chat:${i}`),
    );
    await eventually(async () => (await readMetrics(service.database)).completedOrders === 20);
  }

  it('may have no reader any more: it is lost, and the worker goes on', async () => {
    const worker = await service.worker({ PROCESSOR });
    worker.child.stdout?.destroy();
    worker.child.stderr?.destroy();
    await Promise.race([completeAll(), worker.ended]);
    expect(await worker.stop()).to.equal(0);
  });

  it('may find its disk full: it is lost, and the worker goes on', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const command = ['-c', 'exec "$@" >/dev/full 2>&1', 'sh', process.execPath];
    const worker = service.start('/bin/sh', [...command, ...program('worker')], { PROCESSOR });
    await Promise.race([completeAll(), worker.ended]);
    expect(await worker.stop()).to.equal(0);
  });

  it('is passed on', async () => {
    const worker = await service.worker({ PROCESSOR });
    await completeAll();
    expect(await worker.stop()).to.equal(0);
    for (let i = 0; i < 20; i += 1) {
      expect(worker.text.split('\n').filter((line) => line === `chat:${i}`)).to.have.length(2);
    }
  });
});

describe('a database file', () => {
  const service = serviceOfEachTest();
  const path = () => service.url.replace('file:', '');

  it('that is moved away takes no orders, and takes them again when it is back', async () => {
    const [api] = await Promise.all([service.api(), service.worker({ PROCESSING_TIME_MS: '0' })]);
    const shop = openShop(api.url, 1);
    expect((await shop.place(orderBody('before'))).status).to.equal(201);
    renameSync(path(), `${path()}-elsewhere`);
    expect((await shop.place(orderBody('meanwhile'))).status).to.equal(503);
    expect((await fetch(`${api.url}/readyz`)).status).to.equal(503);
    expect(JSON.stringify(await api.logged(isUnavailable))).to.include('deleted or replaced');
    renameSync(`${path()}-elsewhere`, path());
    expect((await shop.place(orderBody('meanwhile'))).status).to.equal(201);
    for (const orderId of ['before', 'meanwhile']) {
      await eventually(async () => (await shop.get(orderId)).body.status === 'Completed');
      const types = (await readHistory(service.database, orderId)).map(({ type }) => type);
      expect(types.filter((type) => type === 'completed')).to.have.length(1);
    }
    shop.close();
  });

  it('with a damaged page is told of, and what is not on that page can be read', async () => {
    let api = await service.api();
    let shop = openShop(api.url, 4);
    expect(await shop.placeAll(orderBodies('o', 400))).to.deep.equal({ 201: 400 });
    shop.close();
    await api.stop();
    const file = new DatabaseSync(path());
    file.exec('pragma wal_checkpoint(truncate)');
    file.close();
    const content = readFileSync(path());
    // The row, not the entry in an index: fields lie behind each other.
    const page = Math.floor(content.indexOf('o200user_1') / 4096);
    writeFileSync(path(), content.fill(0xa5, page * 4096, (page + 1) * 4096));

    api = await service.api();
    shop = openShop(api.url, 1);
    const statuses = new Set<number>();
    for (let i = 0; i < 400; i += 20) statuses.add((await shop.get(`o${i}`)).status);
    expect(statuses).to.deep.equal(new Set([200, 503]));
    expect(JSON.stringify(await api.logged(isUnavailable))).to.include('SQLITE_CORRUPT');
    expect((await fetch(`${api.url}/livez`)).status).to.equal(200);
    shop.close();
  });
});
