import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApi } from '@orders/api/api';
import { type CompiledContract, compileContract } from '@orders/api/compiled-contract';
import { settingsSchema } from '@orders/api/settings';
import { closeDatabase, type Database, openDatabase } from '@orders/db';
import { describeOnEachKind, kinds, type OwnDatabase } from '@orders/db/testing';
import { createLog, readSettings } from '@orders/runtime';

import { processesOfEachTest, program, type RunningProcess } from './processes.ts';

/** An API process, and where it listens. */
export interface RunningApi extends RunningProcess {
  readonly url: string;
}

export interface Service {
  readonly url: string;
  /** A look into the file from outside. */
  readonly database: Database;
  /** Anything else, with the same database and clean-up. */
  start: ReturnType<typeof processesOfEachTest>;
  /** Resolves when it listens. */
  api(env?: Record<string, string>): Promise<RunningApi>;
  /**
   * The same in this process, where a process more would prove nothing: it starts in no time.
   *
   * @returns where it listens
   */
  apiHere(): Promise<string>;
  /** Resolves when it is ready to claim. */
  worker(env?: Record<string, string>): Promise<RunningProcess>;
}

/** One for all APIs of this process. */
let contract: CompiledContract | undefined;

/** Describes what real processes do, on every kind of database. */
export function onEveryDatabase(
  title: string,
  suite: (this: Mocha.Suite, service: Service) => void,
): void {
  describeOnEachKind(title, function (make) {
    suite.call(this, serviceOfEachTest(make));
  });
}

/** The service's programs, as real processes on a database of its own, for each test of a suite. */
export function serviceOfEachTest(make: () => Promise<OwnDatabase> = kinds.sqlite): Service {
  const start = processesOfEachTest();
  const stops: (() => Promise<void>)[] = [];
  let own: OwnDatabase;
  let url = '';
  let database: Database;
  const withDatabase: Service['start'] = (command, args, env, stdin) =>
    start(command, args, { DATABASE_URL: url, ...env }, stdin);
  const run = (app: 'api' | 'worker', env: Record<string, string>) =>
    withDatabase(process.execPath, program(app), env);

  beforeEach(async () => {
    own = await make();
    url = own.url;
    database = await openDatabase(url);
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await closeDatabase(database);
    await own.destroy();
  });

  return {
    get url() {
      return url;
    },
    get database() {
      return database;
    },
    start: withDatabase,
    async api(env = {}) {
      const api = run('api', { PORT: '0', ...env });
      return Object.assign(api, { url: await listeningAt(api) });
    },
    async apiHere() {
      const settings = readSettings(settingsSchema, { DATABASE_URL: url, PORT: '0' });
      const log = createLog('api', 'silent');
      const api = await startApi(settings, log, () => (contract ??= compileContract()));
      stops.push(() => api.stop(AbortSignal.abort()));
      return `http://127.0.0.1:${api.port}`;
    },
    async worker(env = {}) {
      const worker = run('worker', env);
      await worker.logged(({ msg }) => msg === 'started');
      return worker;
    },
  };
}

/** A port that was free a moment ago, for a program that must be told one. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/** The address that an API process says it listens at. */
export async function listeningAt(api: RunningProcess): Promise<string> {
  const started = await api.logged(({ msg, port }) => msg === 'started' && port !== undefined);
  return `http://127.0.0.1:${started.port}`;
}

/** Resolves with what `look` finds, as soon as it finds something. */
export async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(10);
  }
}
