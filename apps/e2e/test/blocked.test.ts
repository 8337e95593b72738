import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrder, readHistory } from '@orders/db';
import { expect } from 'chai';

import { placeAll } from '../src/place-all.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';

const processor = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');

// On one kind of database: what differs between them is tested with the suites of packages/db.
describe('a processor that waits for a tool that hangs, in native code', () => {
  const service = serviceOfEachTest();
  let directory: string;
  let env: Record<string, string>;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'orders-blocked-'));
    env = { PROCESSOR: processor, TOOLS_FILE: join(directory, 'tools') };
  });
  afterEach(() => {
    spawnSync('kill', ['-9', ...tools()]);
    rmSync(directory, { recursive: true });
  });

  /** The process ids of the tools that were started. */
  function tools(): string[] {
    const file = join(directory, 'tools');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8').trim().split('\n');
  }

  const place = (...orderIds: string[]) => placeAll(service.database, orderIds);
  const read = (orderId: string) => findOrder(service.database, orderId);

  it('does not keep its worker from stopping when the grace is over', async () => {
    const worker = await service.worker({ ...env, SHUTDOWN_GRACE_MS: '100' });
    await place('sync:1');
    await eventually(async () => tools().length === 1);
    const toldAt = performance.now();
    expect(await worker.stop()).to.equal(0);
    expect(performance.now() - toldAt).to.be.below(5000);
    expect(worker.lines.map(({ msg }) => msg)).to.deep.equal([
      ...['started', 'stopping', 'order handed back'],
      ...['the processor does not end: it is blocked in native code', 'stopped'],
    ]);
    expect(await read('sync:1')).to.include({ status: 'PENDING', attempts: 0 });
  });

  it('fails after its attempts, and no other', async () => {
    const settings = { PROCESSING_TIMEOUT_MS: '100', MAX_ATTEMPTS: '1', WORKER_CONCURRENCY: '2' };
    const first = await service.worker({ ...env, ...settings });
    await place('bystander:1', 'sync:1', 'bystander:2', 'bystander:3');
    await eventually(async () => tools().length === 1);
    const second = await service.worker({ ...env, ...settings });
    expect(await first.ended).to.equal(70);
    expect(await second.ended).to.equal(70);
    const reason =
      'the processor ended its process: it was blocked, and it took longer than 100 ms';
    expect(await read('sync:1')).to.include({ status: 'FAILED', attempts: 1, lastError: reason });
    const history = await readHistory(service.database, 'sync:1');
    expect(history.map(({ type }) => type)).to.deep.equal([
      ...['placed', 'started', 'interrupted', 'started', 'failed'],
    ]);

    await service.worker({ ...env, ...settings });
    for (const orderId of ['bystander:1', 'bystander:2', 'bystander:3']) {
      const order = await eventually(async () => {
        const found = await read(orderId);
        return found?.status === 'COMPLETED' && found;
      });
      expect(order.attempts, orderId).to.equal(1);
    }
  });
});
