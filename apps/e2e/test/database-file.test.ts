import { spawnSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, findOrder, openDatabase, readMetrics } from '@orders/db';
import { expect } from 'chai';

import type { LogLine, RunningProcess } from '../src/processes.ts';
import { eventually, type RunningApi, serviceOfEachTest } from '../src/service.ts';
import { orderBody } from '../src/shop.ts';
import { type Ledger, placeAndWriteDown } from '../src/torture/ledger.ts';
import { seeded } from '../src/torture/random.ts';
import { type Verdict, verify } from '../src/torture/verify.ts';

/** As statfs(2) has it. */
const ext4 = 0xef53;

describe('the database file under a running service', () => {
  const service = serviceOfEachTest();
  const path = () => service.url.replace('file:', '');
  let directory: string;
  let api: RunningApi;
  let worker: RunningProcess;
  let ledger: Ledger;
  /** Ends what the clients do. */
  let endClients = async () => {};

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'orders-file-'));
    [api, worker] = await Promise.all([service.api(), startWorker()]);
    const over = new AbortController();
    const clients = placeAndWriteDown({
      ...{ urls: [api.url], clients: 4, until: over.signal, longestPauseMs: 40 },
      random: seeded(7),
    });
    ledger = clients.ledger;
    endClients = () => {
      over.abort();
      return clients.done;
    };
    await accepted(50);
  });
  afterEach(async () => {
    await endClients();
    rmSync(directory, { recursive: true });
  });

  const startWorker = () =>
    service.worker({
      ...{ WORKER_CONCURRENCY: '8', LEASE_MS: '2000', RETRY_BACKOFF_MS: '50' },
      PROCESSOR: join(import.meta.dirname, '../src/torture/processor.mjs'),
      NOTES_FILE: notesFile(),
    });
  const notesFile = () => join(directory, 'notes');

  /** Resolves when so many more orders were accepted. */
  async function accepted(more: number): Promise<void> {
    const enough = ledger.accepted.size + more;
    await eventually(async () => ledger.accepted.size >= enough);
  }

  function post(orderId: string): Promise<Response> {
    return fetch(`${api.url}/order/`, {
      ...{ method: 'POST', headers: { 'Content-Type': 'application/json' } },
      body: JSON.stringify(orderBody(orderId)),
    });
  }

  async function expectUnavailable(reply: Response): Promise<void> {
    expect(reply.status).to.equal(503);
    expect(reply.headers.get('Retry-After')).to.match(/^\d+$/);
    expect(await reply.json()).to.include({ type: '/problems/database-unavailable' });
  }

  /** Resolves when both have said so in their logs. */
  async function logged(cause: string): Promise<void> {
    const fits = ({ err }: LogLine) => JSON.stringify(err ?? '').includes(cause);
    await Promise.all([api.logged(fits), worker.logged(fits)]);
  }

  /** Nothing accepted was lost, nothing was completed twice, and all of it is over. */
  async function expectAllKept(database = service.database): Promise<Verdict> {
    await endClients();
    await eventually(async () => {
      const { pendingOrders, processingOrders } = await readMetrics(database);
      return pendingOrders + processingOrders === 0;
    });
    const verdict = await verify({ database, ledger, notesFile: notesFile(), inTurn: true });
    expect(verdict.faults.join('\n')).to.equal('');
    return verdict;
  }

  it('may be locked by another process: nothing blocks, nothing is lost or done twice, it goes on by itself', async () => {
    await Promise.all([startWorker(), startWorker()]);
    // More than one worker has places for: several have some in hand when it is locked.
    const long = Array.from({ length: 12 }, (_, i) => `long${i}-2000-0`);
    for (const orderId of long) expect((await post(orderId)).status).to.equal(201);
    for (const orderId of long) {
      ledger.accepted.add(orderId);
      await eventually(async () => (await findOrder(service.database, orderId))?.startedAt);
    }
    const other = new DatabaseSync(path(), { timeout: 5000 });
    other.exec('begin immediate');
    const waits: number[] = [];
    let locked = true;
    const looking = (async () => {
      while (locked) {
        const asked = performance.now();
        expect((await fetch(`${api.url}/livez`)).status).to.equal(200);
        waits.push(performance.now() - asked);
        await sleep(20);
      }
    })();
    expect((await fetch(`${api.url}/readyz`)).status).to.equal(503);
    await expectUnavailable(await post('refused'));
    await logged('SQLITE_BUSY');
    const waiting = post('waiting');
    other.exec('rollback');
    other.close();
    expect((await waiting).status).to.equal(201);
    locked = false;
    await looking;
    expect(waits.length).to.be.at.least(50);
    // The machine itself may stop for a moment; a wait for the lock would take five seconds.
    expect(waits.filter((ms) => ms > 100).length).to.be.at.most(waits.length / 20);
    expect(Math.max(...waits)).to.be.below(1000);
    ledger.accepted.add('waiting');
    await accepted(50);
    const { interrupted } = await expectAllKept();
    expect(interrupted, 'no live worker was taken for dead').to.equal(0);
  });

  it('may turn read-only, and be written again', async function () {
    const files = [path(), `${path()}-wal`];
    const chattr = (flag: string) => spawnSync('chattr', [flag, ...files]).status === 0;
    // Only root may; and only some file systems then refuse also those who have the file open.
    if (statfsSync(directory).type !== ext4 || !chattr('+i')) return this.skip();
    try {
      await expectUnavailable(await post('refused'));
      expect((await fetch(`${api.url}/readyz`)).status).to.equal(503);
      expect((await fetch(`${api.url}/livez`)).status).to.equal(200);
      await logged('SQLITE_IOERR_WRITE');
    } finally {
      chattr('-i');
    }
    await accepted(50);
    await expectAllKept();
  });

  it('may be replaced: it has all that was accepted, and what took its place gets nothing', async () => {
    const [there, old, other] = [path(), `${path()}-old`, join(directory, 'other.db')];
    await closeDatabase(await openDatabase(`file:${other}`));
    renameSync(there, old);
    renameSync(other, there);
    await expectUnavailable(await post('refused'));
    expect((await fetch(`${api.url}/readyz`)).status).to.equal(503);
    await logged('the database file was deleted or replaced');

    await endClients();
    for (const one of [api, worker]) one.signal('SIGKILL');
    await Promise.all([api.ended, worker.ended, closeDatabase(service.database)]);
    api = await service.api();
    const metrics = await fetch(`${api.url}/metrics/`);
    expect(await metrics.json()).to.include({ total_orders: 0 });
    await api.stop();

    renameSync(old, there);
    await startWorker();
    const database = await openDatabase(service.url);
    await expectAllKept(database);
    await closeDatabase(database);
  });
});
