import { request } from 'node:http';
import { closeDatabase, createPlacer, DatabaseUnavailable, openDatabase } from '@orders/db';
import { describeOnEachKind, kinds, type OwnDatabase } from '@orders/db/testing';
import { type Log, readSettings } from '@orders/runtime';
import { createApp } from '../src/app.ts';
import type { VerifyToken } from '../src/auth/tokens.ts';
import { type CompiledContract, compileContract } from '../src/compiled-contract.ts';
import type { Limits } from '../src/limits/limits.ts';
import { startServer } from '../src/server.ts';
import { limitsOf, settingsSchema } from '../src/settings.ts';

export interface LogLine {
  level: string;
  message: string;
  [fact: string]: unknown;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test says itself what it expects in it
  json: any;
}

export interface Send {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

export type Service = Awaited<ReturnType<typeof startService>>;

/** One for all: to compile it takes longer than most tests. */
let contract: CompiledContract | undefined;

/** The moment at which everything happens. */
const now = Date.UTC(2026, 0, 5, 9, 30, 0, 120);

/** Describes what the service does on every kind of database. */
export function onEveryDatabase(
  title: string,
  suite: (this: Mocha.Suite, startService: (verifyToken?: VerifyToken) => Promise<Service>) => void,
): void {
  describeOnEachKind(title, function (make) {
    suite.call(this, (verifyToken) => startService(make, verifyToken));
  });
}

/** The service as it runs, with a port and a database of its own. */
export async function startService(
  make: () => Promise<OwnDatabase> = kinds.sqlite,
  verifyToken?: VerifyToken,
  limits: Partial<Limits> = {},
  ownName?: string,
) {
  const lines: LogLine[] = [];
  const stopping = new AbortController();
  const own = await make();
  const { url } = own;
  contract ??= compileContract(true);
  const file = await openDatabase(url, { clock: () => now });
  const fault: Fault = {};
  const database = {
    ...file,
    writer: failing(file.writer, fault),
    reader: failing(file.reader, fault),
    readableRun: async () => (fault.restored ? 0 : file.readableRun()),
    numberedRun: async () => (fault.restored ? 0 : file.numberedRun()),
  };
  const placer = createPlacer(database);
  const app = createApp({
    database,
    placer,
    log: logInto(lines),
    verifyToken,
    ownName,
    limits: { ...limitsOf(readSettings(settingsSchema, {})), ...limits },
    stopping: stopping.signal,
    contract,
  });
  const server = await startServer(app, { host: '127.0.0.1', port: 0 });
  const { port } = server.address;

  return {
    /**
     * While `error` is set, whatever is wanted of the database rejects with it; while `restored` is,
     * there has never been an event.
     */
    fault,
    url,
    file,
    placer,
    lines,
    stopping,
    server,
    port,
    send: (path: string, sent: Send = {}) => send(port, path, sent),
    place: (order: unknown) =>
      send(port, '/order/', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: typeof order === 'string' ? order : JSON.stringify(order),
      }),
    /** The orders in the file, as they came. */
    placed: () => file.reader.selectFrom('orders').selectAll().orderBy('seq').execute(),
    /** Forgets what was placed and logged: one service may serve a whole suite. */
    async reset() {
      delete fault.error;
      lines.length = 0;
      await file.writer.deleteFrom('orders').execute();
    },
    /** Stops the server, cutting off what still runs. */
    async stop() {
      await server.stop(AbortSignal.abort());
      await closeDatabase(file);
      await own.destroy();
    },
  };
}

interface Fault {
  error?: Error;
  restored?: true;
}

function failing<Connection extends object>(connection: Connection, fault: Fault): Connection {
  return new Proxy(connection, {
    get(target, name) {
      if (fault.error) throw fault.error;
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Sends a path exactly as it is written: fetch would tidy it up first. */
function send(port: number, path: string, { method, headers, body }: Send): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: '127.0.0.1', path, method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk) => chunks.push(chunk));
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /[/+]json/.test(res.headers['content-type'] ?? '') && text !== '';
        const json = isJson ? JSON.parse(text) : undefined;
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

export function databaseGone(): DatabaseUnavailable {
  return new DatabaseUnavailable('the disk is full: /secret/path/orders.db');
}

function logInto(lines: LogLine[]): Log {
  const write = (level: string) => (facts: Record<string, unknown>, message: string) => {
    lines.push({ level, message, ...facts });
  };
  const [debug, info, warn, error] = ['debug', 'info', 'warn', 'error'].map(write);
  return { debug, info, warn, error } as unknown as Log;
}
