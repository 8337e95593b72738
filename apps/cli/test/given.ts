import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createApp } from '@orders/api/app';
import { compileContract } from '@orders/api/compiled-contract';
import { startServer } from '@orders/api/server';
import { limitsOf, settingsSchema } from '@orders/api/settings';
import type { VerifyToken } from '@orders/api/tokens';
import {
  type Claim,
  closeDatabase,
  createPlacer,
  type Database,
  DatabaseUnavailable,
  openDatabase,
  register,
  settleAndClaim,
} from '@orders/db';
import { kinds } from '@orders/db/testing';
import { type Log, readSettings } from '@orders/runtime';

import { runCommand } from '../src/program.ts';

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Each line of stdout, which must be JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: each test says itself what it expects in it
  readonly json: any[];
}

export interface Running extends Promise<Ran> {
  /** What a first Ctrl-C does. */
  interrupt(): void;
  /** What another one does. */
  insist(): void;
  /** Resolves when so many lines are on stdout. */
  lines(count: number): Promise<void>;
  /** Resolves when this stands on stderr. */
  says(text: string): Promise<void>;
}

export interface Input {
  readonly stdin?: Readable | string;
  readonly url?: string;
}

/** A service in this process, and the command line that talks to it. */
export async function startService(
  settings: Record<string, string> = {},
  verifyToken?: VerifyToken,
) {
  const own = await kinds.sqlite();
  const directory = join(own.url.slice('file:'.length), '../files');
  mkdirSync(directory);
  const database = await openDatabase(own.url);
  const placer = createPlacer(database);
  const silent = new Proxy({}, { get: () => () => {} }) as Log;
  const stopping = new AbortController();
  const limits = limitsOf(readSettings(settingsSchema, settings));
  const reads = { fail: () => false };
  const reader = new Proxy(database.reader, {
    get(target, name) {
      if (reads.fail()) throw new DatabaseUnavailable('the disk is away');
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const parts = {
    database: { ...database, reader },
    placer,
    log: silent,
    limits,
    stopping: stopping.signal,
  };
  const app = createApp({ ...parts, verifyToken, contract: compileContract() });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.address.port}`;

  return {
    url,
    databaseUrl: own.url,
    directory,
    database,
    port: server.address.port,
    /** Whether what the service reads fails, asked at each read. */
    reads,
    /** Runs a command line in the directory. */
    orders: (args: readonly string[], input: Input = {}) =>
      run(['--url', input.url ?? url, ...args], directory, input.stdin),
    file(name: string, text: string) {
      writeFileSync(join(directory, name), text);
      return name;
    },
    /** The orders there are, in the order in which they were accepted. */
    placed: () => database.reader.selectFrom('orders').selectAll().orderBy('seq').execute(),
    /** Forgets all orders: one service may serve a whole suite. */
    async reset() {
      const { writer } = database;
      for (const table of ['orders', 'event_runs', 'counters', 'workers']) {
        await writer.deleteFrom(table as 'orders').execute();
      }
    },
    async stop() {
      stopping.abort();
      await server.stop(AbortSignal.abort());
      await closeDatabase(database);
      await own.destroy();
    },
  };
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** What stands in for the service, and answers as it is told. */
export async function startStandIn(answer: RequestListener) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Has a worker take the next orders in hand. */
export async function claim(database: Database, places: number): Promise<readonly Claim[]> {
  const worker = `worker-${Math.random()}`;
  await register(database, worker, 15_000);
  const request = { worker, places, holding: 0, concurrency: places };
  return (await settleAndClaim(database, [], request)).claims;
}

const nothing = { worker: 'nobody', places: 0, holding: 0, concurrency: 1 };

/** Has a worker end the next orders. */
export async function process(database: Database, how: 'completed' | 'failed', count: number) {
  const claims = await claim(database, count);
  await settleAndClaim(
    database,
    claims.map((one) =>
      how === 'completed'
        ? { claim: one, result: how }
        : { claim: one, result: how, error: 'the warehouse is shut', retryInMs: null },
    ),
    nothing,
  );
}

export function order(order_id: string, changes: object = {}) {
  return { order_id, user_id: 'user_1', item_ids: 'a,b', total_amount: 9.99, ...changes };
}

export const asLines = (orders: readonly unknown[]) =>
  orders.map((one) => `${JSON.stringify(one)}\n`).join('');

export function run(
  args: readonly string[],
  directory: string,
  stdin: Readable | string = '',
): Running {
  const interrupted = new AbortController();
  const insisted = new AbortController();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const said = { stdout: '', stderr: '' };
  let onLine = () => {};
  let onWord = () => {};
  stderr.on('data', (text) => {
    said.stderr += text;
    onWord();
  });
  stdout.on('data', (text) => {
    said.stdout += text;
    onLine();
  });
  const ran = runCommand(args, {
    stdin: typeof stdin === 'string' ? Readable.from([Buffer.from(stdin)]) : stdin,
    ...{ stdout, stderr, directory },
    interrupted: interrupted.signal,
    insisted: insisted.signal,
  }).then((status) => ({
    ...{ status, ...said },
    get json() {
      return said.stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    },
  }));
  return Object.assign(ran, {
    interrupt: () => interrupted.abort(),
    insist: () => insisted.abort(),
    says: (text: string) =>
      new Promise<void>((resolve) => {
        onWord = () => said.stderr.includes(text) && resolve();
        onWord();
      }),
    lines: (count: number) =>
      new Promise<void>((resolve) => {
        onLine = () => said.stdout.split('\n').length > count && resolve();
        onLine();
      }),
  });
}
