import { closeDatabase, openDatabase, startPlacer } from '@orders/db';
import type { Log } from '@orders/runtime';

import { createApp } from './app.ts';
import { verifierOf } from './auth/verify-token.ts';
import { type CompiledContract, compileContract } from './compiled-contract.ts';
import { isLoopback, listenAddress } from './listen-address.ts';
import { startServer } from './server.ts';
import { limitsOf, mayBeReached, type Settings } from './settings.ts';

export interface RunningApi {
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
  /** Whether it asks who is there. */
  readonly authentication: 'on' | 'off';
  /**
   * Takes no more requests, and answers those in hand within the grace, or until `force` is
   * aborted. Whatever was answered with 201 is in the database then, which is closed.
   */
  stop(force: AbortSignal): Promise<void>;
}

/**
 * Runs all that an API process runs, but for its signals.
 *
 * @param makeContract - where it is compiled already
 * @throws an error with `forPeople: true` for what whoever starts it has to put right
 */
export async function startApi(
  settings: Settings,
  log: Log,
  makeContract: () => CompiledContract = compileContract,
): Promise<RunningApi> {
  const stopping = new AbortController();
  const { HOST, PORT, MAX_CONNECTIONS: maxConnections, TRUST_PROXY } = settings;
  const address = await listenAddress(HOST, mayBeReached(settings));
  const verifyToken = await verifierOf(settings, log);
  const database = await openDatabase(settings.DATABASE_URL, {
    onNotice: (message, err) => log.warn({ err }, message),
  });
  const starting = startPlacer(database, settings.DATABASE_URL);
  // Takes as long as that.
  const contract = makeContract();
  const placer = await starting;
  const app = createApp({
    database,
    placer,
    log,
    verifyToken,
    // A proxy in front passes on what it was asked for under names of its own.
    ownName: isLoopback(address) && TRUST_PROXY === undefined ? HOST : undefined,
    limits: limitsOf(settings),
    stopping: stopping.signal,
    contract,
  });
  const server = await startServer(app, { host: address, port: PORT, maxConnections });
  const { address: host, port } = server.address;

  return {
    host,
    port,
    authentication: verifyToken ? 'on' : 'off',
    async stop(force) {
      stopping.abort();
      await server.stop(AbortSignal.any([force, AbortSignal.timeout(settings.SHUTDOWN_GRACE_MS)]));
      await placer.close();
      await closeDatabase(database);
    },
  };
}
