import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOrder, readHistory, readMetrics } from '@orders/db';
import { expect } from 'chai';

import { placeAll } from '../src/place-all.ts';
import type { RunningProcess } from '../src/processes.ts';
import { eventually, onEveryDatabase } from '../src/service.ts';

const processor = join(import.meta.dirname, '../../worker/test/processors/by-order-id.mjs');

onEveryDatabase('killed processes', (service) => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'orders-crashes-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const allEnded = () =>
    eventually(async () => {
      const metrics = await readMetrics(service.database);
      return metrics.pendingOrders + metrics.processingOrders === 0 && metrics;
    });

  const place = (...orderIds: string[]) => placeAll(service.database, orderIds);

  it('cost no order: another worker completes each within a lease, and none twice', async () => {
    const leaseMs = 1500;
    const env = { LEASE_MS: String(leaseMs), WORKER_CONCURRENCY: '5', LOG_LEVEL: 'debug' };
    await place(...Array.from({ length: 5 }, (_, i) => `o${i}`));
    const victim = await service.worker({ ...env, PROCESSING_TIME_MS: '60000' });
    await victim.logged(({ order_id, msg }) => msg === 'order started' && order_id === 'o4');
    await service.worker({ ...env, PROCESSING_TIME_MS: '10' });
    const killedAt = Date.now();
    victim.signal('SIGKILL');
    await allEnded();

    for (let i = 0; i < 5; i++) {
      const history = await readHistory(service.database, `o${i}`);
      expect(history.map(({ type, attempt }) => `${type} ${attempt}`)).to.deep.equal([
        ...['placed 0', 'started 1', 'interrupted 1', 'started 2', 'completed 2'],
      ]);
      expect(history[1]?.worker).to.not.equal(history[3]?.worker);
      // On a busy machine the other may miss a look, and then watches for half a lease.
      expect((history[3]?.at ?? Number.NaN) - killedAt).to.be.below(1.5 * leaseMs + 250);
    }
  });

  for (const [what, env] of [
    ['kill', {}],
    ['memory', { NODE_OPTIONS: '--max-old-space-size=64' }],
  ] as const) {
    it(`fail the order that takes its worker down (${what}), and no bystander`, async () => {
      const bystanders = Array.from({ length: 99 }, (_, i) => `bystander:${i}`);
      await place(...bystanders.slice(0, 30), `${what}:1`, ...bystanders.slice(30));
      const file = join(directory, 'processed');
      const supervisor = keepWorking({
        ...env,
        PROCESSOR: processor,
        PROCESSED_FILE: file,
        WORKER_CONCURRENCY: '10',
        MAX_ATTEMPTS: '2',
        RETRY_BACKOFF_MS: '10',
        LEASE_MS: '400',
      });
      await allEnded();
      await supervisor.stop();

      const culprit = await findOrder(service.database, `${what}:1`);
      expect(culprit).to.include({ status: 'FAILED', attempts: 2 });
      for (const orderId of bystanders) {
        const order = await findOrder(service.database, orderId);
        expect(order, orderId).to.include({ status: 'COMPLETED', attempts: 1 });
      }
      // In company twice (ten, then two), alone twice.
      const tries = readFileSync(file, 'utf8').match(new RegExp(`^${what}:1 `, 'gm'));
      expect(tries).to.have.length(4);
    });
  }

  /** What a Procfile runner does: starts the worker again whenever it dies. */
  function keepWorking(env: Record<string, string>) {
    let stopped = false;
    let worker: RunningProcess;
    const done = (async () => {
      while (!stopped) {
        worker = await service.worker(env).catch(() => worker);
        await worker.ended;
      }
    })();
    return {
      async stop() {
        stopped = true;
        worker.signal('SIGTERM');
        await done;
      },
    };
  }
});
