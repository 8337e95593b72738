import process from 'node:process';
import { closeDatabase, createPlacer, openDatabase } from '@orders/db';
import { createLog, onStop, readSettings, runMain } from '@orders/runtime';
import { createApp } from './app.ts';
import { verifierOf } from './auth/verify-token.ts';
import { compileContract } from './compiled-contract.ts';
import { startServer } from './server.ts';
import { limitsOf, settingsSchema } from './settings.ts';

await runMain(async () => {
  const settings = readSettings(settingsSchema, process.env);
  const log = createLog('api', settings.LOG_LEVEL);
  const stopping = new AbortController();
  const verifyToken = await verifierOf(settings, log);

  const database = await openDatabase(settings.DATABASE_URL, {
    onNotice: (message, err) => log.warn({ err }, message),
  });
  const placer = createPlacer(database);
  const app = createApp({
    database,
    placer,
    log,
    verifyToken,
    limits: limitsOf(settings),
    stopping: stopping.signal,
    contract: compileContract(),
  });
  const { HOST: host, PORT, MAX_CONNECTIONS: maxConnections } = settings;
  const server = await startServer(app, { host, port: PORT, maxConnections });

  onStop(log, async (force) => {
    stopping.abort();
    await server.stop(AbortSignal.any([force, AbortSignal.timeout(settings.SHUTDOWN_GRACE_MS)]));
    await placer.drained();
    await closeDatabase(database);
  });
  const { address, port } = server.address;
  log.info({ host: address, port, authentication: verifyToken ? 'on' : 'off' }, 'started');
});
