import process from 'node:process';
import { closeDatabase, createPlacer, DatabaseUnusable, openDatabase } from '@orders/db';
import { createLog, onStop, readSettings } from '@orders/runtime';
import { createApp } from './app.ts';
import { startServer } from './server.ts';
import { settingsSchema } from './settings.ts';
import { storeIn } from './store.ts';

const settings = readSettings(settingsSchema, process.env);
const log = createLog('api', settings.LOG_LEVEL);

try {
  await start();
} catch (error) {
  // What people can put right is told in a sentence, the rest with where it happened.
  if (!isMistake(error)) throw error;
  log.fatal(error.message);
  process.exitCode = 1;
}

async function start(): Promise<void> {
  const { HOST: host, PORT: port } = settings;
  const stopping = new AbortController();
  const database = await openDatabase(settings.DATABASE_URL);
  const placer = createPlacer(database);
  const store = storeIn(database, placer);
  const app = createApp({ store, log, stopping: stopping.signal, validateResponses: false });
  const server = await startServer(app, { host, port }).catch(async (error) => {
    await closeDatabase(database);
    throw error;
  });

  onStop(log, async (force) => {
    stopping.abort();
    await server.stop(AbortSignal.any([force, AbortSignal.timeout(settings.SHUTDOWN_GRACE_MS)]));
    await placer.drained();
    await closeDatabase(database);
  });
  log.info({ host: server.address.address, port: server.address.port }, 'started');
}

function isMistake(error: unknown): error is Error {
  const cannotListen = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  return error instanceof DatabaseUnusable || cannotListen;
}
