import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import pg from 'pg';

import { startTemporaryPostgres, type TemporaryPostgres } from '../src/index.ts';

describe('a temporary PostgreSQL', () => {
  let running: string | undefined;
  let postgres: TemporaryPostgres;

  before(async () => {
    running = process.env.TEST_POSTGRES_URL;
    delete process.env.TEST_POSTGRES_URL;
    postgres = await startTemporaryPostgres();
  });
  after(async () => {
    await postgres.stop();
    if (running) process.env.TEST_POSTGRES_URL = running;
  });

  it('gives each caller a database that is empty, and takes it back with whoever is connected', async () => {
    const [one, other] = await Promise.all([postgres.createDatabase(), postgres.createDatabase()]);
    await query(one.url, 'create table orders (seq bigint)');
    expect(await tables(one.url)).to.deep.equal(['orders']);
    expect(await tables(other.url)).to.deep.equal([]);

    const client = new pg.Client(one.url);
    await client.connect();
    const errors: Error[] = [];
    client.on('error', (error) => errors.push(error));
    await one.drop();
    if (errors.length === 0) await once(client, 'end');
    await other.drop();
  });

  it('copies a database that somebody has prepared', async () => {
    const prepared = await postgres.createDatabase();
    await query(prepared.url, 'create table orders (seq bigint)');
    const copy = await postgres.createDatabase(prepared);
    expect(await tables(copy.url)).to.deep.equal(['orders']);
    await copy.drop();
    await prepared.drop();
  });

  it('promises what PostgreSQL promises only when it is asked to', async () => {
    const { url, drop } = await postgres.createDatabase();
    expect(await query(url, 'show fsync')).to.deep.equal([{ fsync: 'off' }]);
    await drop();
    const durable = await startTemporaryPostgres({ durable: true });
    const database = await durable.createDatabase();
    expect(await query(database.url, 'show fsync')).to.deep.equal([{ fsync: 'on' }]);
    expect(await query(database.url, 'show synchronous_commit')).to.deep.equal([
      { synchronous_commit: 'on' },
    ]);
    await durable.stop();
  });

  it('can be killed, and lives again with what was on the disk', async () => {
    const mortal = await startTemporaryPostgres({ durable: true, own: true });
    const { url } = await mortal.createDatabase();
    await query(url, 'create table orders (seq bigint)');
    const { port } = new URL(url);
    for (let life = 0; life < 2; life += 1) {
      mortal.kill();
      while (await answers(Number(port))) await new Promise((settle) => setTimeout(settle, 10));
      await mortal.revive();
      expect(await tables(url)).to.deep.equal(['orders']);
    }
    mortal.kill();
    await mortal.stop();
  });

  it('uses a server that is there, and leaves nothing on it', async () => {
    const { url } = await postgres.createDatabase();
    const before = await databases(url);
    process.env.TEST_POSTGRES_URL = url;
    const used = await startTemporaryPostgres().finally(() => delete process.env.TEST_POSTGRES_URL);
    const made = await used.createDatabase();
    expect(await databases(made.url)).to.have.length(before.length + 1);
    await used.stop();
    expect(await databases(url)).to.deep.equal(before);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`is gone with its files when the process that started it dies of ${signal}`, async () => {
      const { child, port, directory } = await inAProcessOfItsOwn('setInterval(() => {}, 1000);');
      expect(existsSync(directory)).to.equal(true);
      child.kill(signal);
      await isGone(port, directory);
    });
  }

  it('keeps no process from ending', async () => {
    const { child, port, directory } = await inAProcessOfItsOwn('');
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).to.equal(0);
    await isGone(port, directory);
  });
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(text).finally(() => client.end());
  return rows;
}

async function tables(url: string) {
  const found = await query(
    url,
    `select table_name from information_schema.tables where table_schema = 'public'`,
  );
  return found.map((row) => (row as { table_name: string }).table_name);
}

const databases = (url: string) => query(url, 'select datname from pg_database order by 1');

const START = `
  import pg from 'pg';
  import { startTemporaryPostgres } from './src/index.ts';
  const { url } = await (await startTemporaryPostgres()).createDatabase();
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('show data_directory');
  await client.end();
  console.log(JSON.stringify({ port: new URL(url).port, data: rows[0].data_directory }));
`;

async function inAProcessOfItsOwn(afterwards: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module-typescript', '--eval', START + afterwards],
    { cwd: `${import.meta.dirname}/..`, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = await once(lines, 'line');
  const { port, data } = JSON.parse(line);
  return { child, port: Number(port), directory: data.replace(/\/data$/, '') as string };
}

/** The test's own timeout ends the wait otherwise. */
async function isGone(port: number, directory: string) {
  while (existsSync(directory) || (await answers(port))) {
    await new Promise((settle) => setTimeout(settle, 10));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
    socket.once('connect', () => socket.destroy());
  });
}
