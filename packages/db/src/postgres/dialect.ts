import type { Socket } from 'node:net';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  PostgresAdapter,
  PostgresDialect,
  PostgresDriver,
  type PostgresPool,
  type PostgresPoolClient,
  type PostgresQueryResult,
  type TransactionSettings,
} from 'kysely';
import type pg from 'pg';

import type { Schema } from '../schema.ts';
import type { Beginning } from '../writing.ts';
import { sessionSettings } from './connect.ts';
import { endsConnection } from './errors.ts';

/**
 * Kysely's PostgreSQL dialect with two differences: a transaction tells when it began, by the
 * server's clock, and, when it may write, gets a slot of the counters; and statements are prepared
 * once a connection.
 */
export class OrdersPostgresDialect extends PostgresDialect {
  readonly #pool: PostgresPool;
  readonly #ownsSessions: boolean;

  /** @param ownsSessions - whether what is set and prepared in a session is there next time */
  constructor(pool: pg.Pool, ownsSessions: boolean) {
    const adapted = withStatementCache(pool, ownsSessions);
    super({ pool: adapted });
    this.#pool = adapted;
    this.#ownsSessions = ownsSessions;
  }

  override createDriver(): PostgresDriver {
    return new TimedDriver(this.#pool, this.#ownsSessions);
  }

  override createAdapter(): PostgresAdapter {
    return new UnlockedAdapter();
  }
}

/** When the transaction began and which slot it has to itself; no slot when it only reads. */
export function beginningOf(trx: Kysely<Schema>): Promise<Beginning> {
  return trx
    .getExecutor()
    .provideConnection(async (connection) => beginnings.get(connection) as Beginning);
}

const beginnings = new WeakMap<DatabaseConnection, Beginning>();

type Connection = Parameters<PostgresDriver['rollbackTransaction']>[0];

class TimedDriver extends PostgresDriver {
  readonly #begin: { readonly reading: CompiledQuery; readonly writing: CompiledQuery };

  constructor(pool: PostgresPool, ownsSessions: boolean) {
    super({ pool });
    const set = Object.entries(sessionSettings)
      .map(([name, value]) => `, set_config('${name}', '${value}', true)`)
      .join('');
    const select = (slot: string) =>
      `select (extract(epoch from clock_timestamp()) * 1000)::bigint as now, ${slot} as slot` +
      (ownsSessions ? '' : set);
    this.#begin = {
      // A snapshot, taken at the same moment as the time.
      reading: CompiledQuery.raw(`begin isolation level repeatable read read only; ${select('0')}`),
      // Each statement sees what is committed by then, and each write looks again at a row that
      // was changed meanwhile.
      writing: CompiledQuery.raw(`begin isolation level read committed; ${select('take_slot()')}`),
    };
  }

  override async beginTransaction(
    connection: Connection,
    settings: TransactionSettings,
  ): Promise<void> {
    // Whoever names an isolation level wants a plain transaction: the schema is not there yet.
    if (settings.isolationLevel) return super.beginTransaction(connection, settings);
    const begin = settings.accessMode === 'read only' ? this.#begin.reading : this.#begin.writing;
    try {
      const { rows } = await connection.executeQuery<Beginning>(begin);
      beginnings.set(connection, rows[0] as Beginning);
    } catch (error) {
      // The transaction has begun when only the select fails, and Kysely takes it for one that has
      // not. A connection that cannot roll back either is not used any more.
      await this.rollbackTransaction(connection).catch(() => {});
      throw error;
    }
  }
}

class UnlockedAdapter extends PostgresAdapter {
  // Kysely's lock is the session's, and stays behind when a migration fails; migrate.ts has one.
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/**
 * The texts used here do not vary with the number of rows (see phrases.ts), so there are few of
 * them, and each connection prepares each of them once, under a name.
 */
function withStatementCache(pool: pg.Pool, keepsNames: boolean): PostgresPool {
  const names = new Map<string, string>();
  const adapted = new WeakMap<pg.PoolClient, PostgresPoolClient>();

  function nameOf(text: string): string {
    const name = names.get(text) ?? `orders_${names.size}`;
    names.set(text, name);
    return name;
  }

  function adapt(client: pg.PoolClient): PostgresPoolClient {
    let ending = false;

    async function query(text: string, parameters: readonly unknown[]) {
      const values = [...parameters];
      const kept = keepsNames && values.length > 0 ? { name: nameOf(text) } : {};
      writeTogether(client);
      try {
        const result = await client.query({ ...kept, text, values });
        // Of several statements in one text the last one tells.
        return (Array.isArray(result) ? result.at(-1) : result) as PostgresQueryResult<never>;
      } catch (error) {
        // Nobody is to get this connection before it is closed.
        ending ||= endsConnection(error);
        throw error;
      }
    }
    return {
      query: query as unknown as PostgresPoolClient['query'],
      release: (discarded) => client.release(discarded || ending),
    };
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      const known = adapted.get(client) ?? adapt(client);
      adapted.set(client, known);
      return known;
    },
  };
}

/** What is sent in the same turn travels in one write: each is a call of the system. */
function writeTogether(client: pg.PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
