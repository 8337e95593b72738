import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';

import {
  closeDatabase,
  type Database,
  findOrderAndPlace,
  type Outcome,
  openDatabase,
  readEvents,
  readMetrics,
} from '../../src/index.ts';
import { settleAndClaim } from '../../src/round.ts';
import { claim, nothing, place } from '../given.ts';
import { kinds, type OwnDatabase } from '../kinds.ts';

describe('PostgreSQL behind PgBouncer, which lends connections for a transaction', () => {
  let own: OwnDatabase;
  let pooler: Awaited<ReturnType<typeof startPooler>>;
  const opened: Database[] = [];
  before(function () {
    try {
      execFileSync('pgbouncer', ['--version'], { stdio: 'ignore' });
    } catch {
      console.log('      skipped: pgbouncer is not installed');
      this.skip();
    }
  });
  beforeEach(async () => {
    own = await kinds.postgres();
    pooler = await startPooler(own.url, 3);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(closeDatabase));
    await pooler.stop();
    await own.destroy();
  });

  async function open(parameters: string): Promise<Database> {
    const database = await openDatabase(`${pooler.url}?${parameters}`);
    opened.push(database);
    return database;
  }

  it('keeps all that is promised, with more clients than connections', async () => {
    const url = 'pooler=transaction&pool_size=8';
    const databases = await Promise.all([open(url), open(url)]);
    const [one, other] = databases as [Database, Database];
    const shops = databases.flatMap((database, i) =>
      [0, 1, 2, 3].map(async (shop) => {
        for (let n = 0; n < 10; n += 1) await place(database, `${i}-${shop}-${n}`);
      }),
    );
    const workers = databases.flatMap((database, i) =>
      [0, 1, 2].map(async (worker) => {
        for (let round = 0; round < 10; round += 1) {
          const held = await claim(database, `w${i}-${worker}`, 3);
          const outcomes = held.map((taken): Outcome => ({ claim: taken, result: 'completed' }));
          await settleAndClaim(database, outcomes, nothing);
        }
      }),
    );
    await Promise.all([...shops, ...workers]);

    const metrics = await readMetrics(one);
    expect(metrics).to.include({ totalOrders: 80, processingOrders: 0, failedOrders: 0 });
    await place(other, 'last');
    expect((await findOrderAndPlace(one, 'last'))?.place.position).to.equal(
      metrics.pendingOrders + 1,
    );
    const { events } = await readEvents(other, 0, 1000);
    const completed = events.filter(({ type }) => type === 'completed');
    expect(new Set(completed.map(({ orderId }) => orderId)).size).to.equal(metrics.completedOrders);
    expect(completed).to.have.length(metrics.completedOrders);
  });

  it('has nothing left in its connections that others would meet', async () => {
    await place(await open('pooler=transaction'), 'a');
    const stranger = new pg.Client(pooler.url);
    await stranger.connect();
    for (let i = 0; i < 3; i += 1) {
      const { rows } = await stranger.query(`select current_setting('enable_seqscan') as seqscan,
        current_setting('lock_timeout') as lock_timeout,
        (select count(*) from pg_prepared_statements) as prepared`);
      expect(rows[0]).to.deep.equal({ seqscan: 'on', lock_timeout: '0', prepared: '0' });
    }
    await stranger.end();
  });
});

/** PgBouncer before a server, with so many connections to it. */
async function startPooler(serverUrl: string, connections: number) {
  const server = new URL(serverUrl);
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'orders-pooler-'));
  const file = join(directory, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
* = host=127.0.0.1 port=${server.port} user=${server.username} password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = ${connections}
auth_type = any
`,
  );
  chmodSync(directory, 0o755);
  // It refuses root.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const child = spawn('pgbouncer', [file], { ...nobody, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr.on('data', (text) => {
      said += text;
      if (/process up/.test(said)) resolve();
    });
    child.once('close', () => reject(new Error(said)));
  });
  return {
    url: `postgres://${server.username}:x@127.0.0.1:${port}${server.pathname}`,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'close');
      rmSync(directory, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
