import { randomBytes } from 'node:crypto';
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { type ServerOptions, startServer } from './server.ts';

/** A PostgreSQL for tests and benchmarks. */
export interface TemporaryPostgres {
  /**
   * Makes a database that nobody else knows, in some ten milliseconds where commits need not be on the disk.
   *
   * @param copyOf - what it is a copy of, while nobody is connected to that; empty without it
   */
  createDatabase(copyOf?: TemporaryDatabase): Promise<TemporaryDatabase>;
  /** Ends the server, or, when it is somebody else's, drops the databases made on it. */
  stop(): Promise<void>;
  /** Kills it with SIGKILL. Only where it is `own`. */
  kill(): void;
  /** Has it run again after that, on the same data and port. Resolves when it answers. */
  revive(): Promise<void>;
}

export interface TemporaryDatabase {
  /** `postgres://…`; whoever connects may do everything in it. */
  readonly url: string;
  /** Ends all connections to it, too. */
  drop(): Promise<void>;
}

export interface PostgresOptions {
  /**
   * Whether a commit is on the disk, as PostgreSQL comes. Tests do without: they lose no power,
   * and a new database is there five to twenty times sooner.
   */
  readonly durable?: boolean;
  /** Whether it is a server of its own wherever TEST_POSTGRES_URL is, so that it may be killed. */
  readonly own?: boolean;
}

/**
 * Starts a PostgreSQL of its own, on a free port of 127.0.0.1, with all its data in a temporary
 * directory. Both are gone when this process is, however it ends, and neither keeps it from
 * ending.
 *
 * Where TEST_POSTGRES_URL names a running server, that one is used as it is, with databases of
 * its own; its user must be allowed to make some. These stay when this process is killed.
 */
export async function startTemporaryPostgres({
  durable = false,
  own = false,
}: PostgresOptions = {}): Promise<TemporaryPostgres> {
  const running = own ? undefined : process.env.TEST_POSTGRES_URL;
  const server = running
    ? { url: running, stop: async () => {}, kill: refuse, revive: refuse }
    : await startServer(durable ? { parent: tmpdir(), settings: [] } : notDurable());
  // One connection: PostgreSQL copies a template for one at a time anyway.
  const admin = new pg.Pool({
    connectionString: server.url,
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  // The server may be gone before the pool is.
  admin.on('error', () => {});
  const made = new Map<string, string>();

  async function drop(name: string): Promise<void> {
    await admin.query(`drop database if exists ${name} with (force)`);
    made.delete(name);
  }

  return {
    async createDatabase(copyOf) {
      const name = `orders_${randomBytes(8).toString('hex')}`;
      const template = copyOf === undefined ? 'template0' : made.get(copyOf.url);
      // Copies files; the other way writes all of them into the log first, and is slower here.
      await admin.query(`create database ${name} template ${template} strategy file_copy`);
      const url = Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
      made.set(url, name);
      return { url, drop: () => drop(name) };
    },
    async stop() {
      if (running) for (const name of made.values()) await drop(name);
      await admin.end();
      await server.stop();
    },
    kill: server.kill,
    async revive() {
      server.revive();
      while (!(await answers(admin))) await sleep(20);
    },
  };
}

function refuse(): never {
  throw new Error('this server is somebody else’s');
}

function answers(admin: pg.Pool): Promise<boolean> {
  return admin.query('select').then(
    () => true,
    () => false,
  );
}

function notDurable(): ServerOptions {
  const settings = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'];
  return { parent: hasRoom('/dev/shm') ? '/dev/shm' : tmpdir(), settings };
}

/** A container's has 64 MiB as a rule, which is less than a new cluster takes. */
function hasRoom(memory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize >= 2 ** 30;
  } catch {
    return false; // Other systems have no such thing.
  }
}
