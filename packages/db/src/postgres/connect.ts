import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { DatabaseUnusable } from '../errors.ts';
import type { Notice } from '../notice.ts';

/** What a URL says, beside what pg understands itself. */
export interface Connecting {
  /** For messages: without the user and the password. */
  readonly server: string;
  readonly config: pg.ClientConfig;
  readonly poolSize: number;
  /**
   * Whether connections are this process's own. Behind a pooler that lends a connection for a
   * transaction only, nothing may be kept in them: no prepared statements, no LISTEN.
   */
  readonly ownsSessions: boolean;
}

/**
 * Nobody waits for a lock for ever, and a process that was cut off in the middle of a transaction
 * does not keep its locks for ever. Every statement here has an index; while a table is new or its
 * statistics are old, the planner would rather read all of it, or half of it and sort that. Compiling takes longer than any of
 * them.
 */
export const sessionSettings = {
  // For what is sent without a beginning: each statement sees what is committed by then, whatever
  // somebody has made the database's default.
  default_transaction_isolation: 'read committed',
  lock_timeout: '5s',
  idle_in_transaction_session_timeout: '10s',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  jit: 'off',
};

const oldestVersion = 15;
/** How long a start waits for a server that is starting too, in milliseconds. */
const startWaitMs = 5_000;
/**
 * Who waits longer for a connection, or for an answer, gets an error, in milliseconds. An answer may
 * have to wait for that to the statement before it, each as long as for a lock.
 */
const connectWaitMs = 5_000;
const answerWaitMs = 15_000;

/** @throws DatabaseUnusable when it is not a URL, or says what cannot be */
export function readUrl(text: string): Connecting {
  const url = URL.parse(text);
  if (url === null) {
    throw new DatabaseUnusable(
      'DATABASE_URL is no URL. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE, with %XX for ' +
        'each character of the password that means something in a URL, such as %40 for @.',
    );
  }
  const poolSize = take(url, 'pool_size', /^[1-9]\d{0,2}$/, 'a number from 1 to 999');
  const pooler = take(url, 'pooler', /^transaction$/, 'transaction');
  const options = Object.entries(sessionSettings).map(
    ([name, value]) => `-c ${name}=${value.replace(' ', '\\ ')}`,
  );
  // Those in the URL would take the place of ours.
  const ownOptions = url.searchParams.get('options') ?? '';
  if (pooler === undefined) url.searchParams.delete('options');
  return {
    server: `postgres://${url.host}${url.pathname}`,
    poolSize: Number(poolSize ?? 10),
    ownsSessions: pooler === undefined,
    config: {
      connectionString: url.href,
      application_name: url.searchParams.get('application_name') ?? 'orders',
      // A pooler would refuse them, or forget them: there each transaction brings its own.
      ...(pooler === undefined && { options: [ownOptions, ...options].join(' ').trim() }),
      connectionTimeoutMillis: connectWaitMs,
      query_timeout: answerWaitMs,
      // Of a connection that gives no answer nothing more is expected: it is closed.
      pipeline: true,
      keepAlive: true,
      types: { getTypeParser },
    } as pg.ClientConfig,
  };
}

function take(url: URL, name: string, allowed: RegExp, words: string): string | undefined {
  const value = url.searchParams.get(name);
  url.searchParams.delete(name);
  if (value === null) return undefined;
  if (allowed.test(value)) return value;
  throw new DatabaseUnusable(`DATABASE_URL has ${name}=${value}; allowed is ${words}.`);
}

/** Numbers as numbers: sequence numbers, times, money and sums all stay below 2^53. */
const getTypeParser = ((oid: number, format: 'text') =>
  oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC
    ? Number
    : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'];

/**
 * Waits for a server that is starting, and looks whether it is one that can be used.
 *
 * @throws DatabaseUnusable
 */
export async function connect(
  { server, config, poolSize }: Connecting,
  onNotice: Notice,
): Promise<pg.Pool> {
  const giveUpAt = performance.now() + startWaitMs;
  for (let pauseMs = 50; ; pauseMs = Math.min(1000, 2 * pauseMs)) {
    try {
      await checkServer(server, config, onNotice);
      break;
    } catch (error) {
      // Whatever went wrong, it was in connecting to what the URL names.
      if (!isStarting(error) || performance.now() > giveUpAt) throw inWords(server, error);
      if (pauseMs === 50) onNotice(`${server} does not answer yet`, error);
    }
    await sleep(pauseMs);
  }
  return createPool(config, poolSize);
}

export function createPool(config: pg.ClientConfig, size: number): pg.Pool {
  const pool = new pg.Pool({ ...config, max: size, idleTimeoutMillis: 60_000 });
  // A connection was lost. Whoever used it gets to see that from the call; if nobody did, the next
  // call opens another one, or says that it cannot.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function checkServer(
  server: string,
  config: pg.ClientConfig,
  onNotice: Notice,
): Promise<void> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(`select current_setting('server_version') as version,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as standby,
      (select string_agg(name, ' and ' order by name) from pg_settings
        where setting = 'off' and name in ('fsync', 'synchronous_commit')) as forgetful`);
    const { version, encoding, standby, forgetful } = rows[0];
    if (Number.parseInt(version, 10) < oldestVersion) {
      throw new DatabaseUnusable(
        `The server is PostgreSQL ${version}; version ${oldestVersion} or newer is needed.`,
      );
    }
    if (encoding !== 'UTF8') {
      throw new DatabaseUnusable(
        `The database's encoding is ${encoding}. Make one with: createdb --encoding=UTF8 --template=template0 NAME`,
      );
    }
    if (standby) {
      throw new DatabaseUnusable('The server is a standby, which only reads. Name the primary.');
    }
    if (forgetful !== null) {
      onNotice(`${server} has ${forgetful} off: after a power cut accepted orders may be gone`);
    }
  } finally {
    await client.end().catch(() => {});
  }
}

function isStarting(error: unknown): boolean {
  return ['ECONNREFUSED', '57P03'].includes((error as { code?: string }).code ?? '');
}

/** The error in words for the person who named the server, where its cause is known. */
export function unusable(server: string, error: unknown): unknown {
  return reasonFor(error) === undefined ? error : inWords(server, error);
}

function inWords(server: string, error: unknown): DatabaseUnusable {
  if (error instanceof DatabaseUnusable) return error;
  const { code = '', message } = error as { code?: string; message: string };
  const reason = reasonFor(error) ?? message.replace(/\.$/, '');
  return new DatabaseUnusable(`${server}: ${reason}${code && ` (${code})`}.`, { cause: error });
}

function reasonFor(error: unknown): string | undefined {
  const { code = '', message, syscall } = error as NodeJS.ErrnoException;
  // Otherwise a file that the URL names, such as that of sslrootcert, is not there.
  const lacksSocket = code === 'ENOENT' && syscall === 'connect';
  if (lacksSocket) return 'there is no such socket. Is the server running?';
  if (/client password/.test(message)) return 'it asks for a password, and the URL has none';
  return reasons[code] ?? (/SSL|timeout|terminated/.test(message) ? message : undefined);
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'nothing answers there. Is the server running, and are host and port right?',
  ENOTFOUND: 'there is no host of that name',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  '28P01': 'the user or the password is wrong',
  '28000': 'this user may not connect from here; see pg_hba.conf on the server',
  '3D000': 'there is no such database. Make it with createdb',
  '42501': 'this user may not make tables there. Make it the owner of the database',
  '42P07': 'it holds tables of another program. Name a database of its own',
  '53300': 'the server has no free connection; see max_connections, or use a smaller pool_size',
  '57P03': 'the server is starting or stopping, and did not get ready in time',
};
