import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { program } from '../src/processes.ts';
import { eventually, listeningAt, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBody } from '../src/shop.ts';
import { copyWhileStopped, cutPower, tracedId, whyNoTrace } from '../src/torture/power-cut.ts';
import { straceArguments } from '../src/torture/trace.ts';

describe('a power cut', () => {
  const service = serviceOfEachTest();
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'orders-power-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  for (const [what, count, itemIds, maxCuts] of [
    ['', 200, 'item_1,item_2', 40],
    [', while pages are copied into the database', 1000, Array(2000).fill('item_12').join(','), 20],
  ] as const) {
    it(`takes no order that was answered with 201, whatever of the rest has reached the disk${what}`, async function () {
      const reason = whyNoTrace();
      if (reason) return this.skip();
      const traceFile = join(directory, 'trace');
      const DATABASE_URL = `file:${join(directory, 'orders.db')}`;
      const traced = [...straceArguments(traceFile), process.execPath, ...program('api')];
      const api = service.start('strace', traced, { DATABASE_URL, PORT: '0' });
      const shop = openShop(await listeningAt(api), 8);
      const orders = Array.from({ length: count }, (_, i) => ({
        ...orderBody(tracedId(i)),
        item_ids: itemIds,
      }));
      expect(await shop.placeAll(orders)).to.deep.equal({ 201: count });
      shop.close();
      process.kill(-(api.child.pid as number), 'SIGTERM');
      await api.ended;

      const { answered, copied, cuts, faults } = cutPower(traceFile, 7, maxCuts);
      expect(faults.join('\n')).to.equal('');
      expect(answered).to.equal(count);
      expect(cuts).to.be.at.least(maxCuts * 0.75);
      if (what !== '') expect(copied).to.be.above(1000);
    });
  }

  it('leaves files that open, with every order that was answered before', async function () {
    // What tells whether a process has stopped is Linux's.
    if (process.platform !== 'linux') return this.skip();
    const env = { WORKER_CONCURRENCY: '10', PROCESSING_TIME_MS: '1', LOG_LEVEL: 'info' };
    const [api, worker] = await Promise.all([service.api(), service.worker(env)]);
    const shop = openShop(api.url, 8);
    const answered = new Set<string>();
    let isOver = false;
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let i = 0; !isOver; i++) {
        const orderId = `${client}-${i}`;
        const { status } = await shop.place(orderBody(orderId));
        if (status === 201) answered.add(orderId);
      }
    });
    const path = service.url.replace('file:', '');
    const pids = [api, worker].map(({ child }) => child.pid as number);
    for (let copies = 1; copies <= 8; copies++) {
      const enough = answered.size + copies * 7;
      await eventually(async () => answered.size >= enough);
      expect(await copyWhileStopped(path, pids, new Set(answered))).to.equal(undefined);
    }
    isOver = true;
    await Promise.all(clients);
    shop.close();
  });
});
