import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { closeDatabase, openDatabase } from '@orders/db';
import { createLog, onStop, readSettings, runMain } from '@orders/runtime';

import { simulateProcessing } from './processing.ts';
import { settingsSchema } from './settings.ts';
import { startThreadProcessor } from './thread-processor.ts';
import { runWorker } from './worker.ts';

await runMain(async () => {
  const settings = readSettings(settingsSchema, process.env);
  const log = createLog('worker', settings.LOG_LEVEL);
  const database = await openDatabase(settings.DATABASE_URL, {
    onNotice: (message, err) => log.warn({ err }, message),
    givesWay: true,
  });
  const thread = settings.PROCESSOR
    ? await startThreadProcessor(settings.PROCESSOR, settings.PROCESSING_TIMEOUT_MS, log)
    : undefined;
  const stopping = new AbortController();
  const force = new AbortController();

  const running = runWorker({
    database,
    newName: () => `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`,
    processOrder: thread?.processOrder ?? simulateProcessing(settings.PROCESSING_TIME_MS),
    log,
    concurrency: settings.WORKER_CONCURRENCY,
    leaseMs: settings.LEASE_MS,
    pollIntervalMs: settings.POLL_INTERVAL_MS,
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    policy: { maxAttempts: settings.MAX_ATTEMPTS, retryBackoffMs: settings.RETRY_BACKOFF_MS },
    retentionMs: settings.RETENTION_DAYS && settings.RETENTION_DAYS * 86_400_000,
    stopping: stopping.signal,
    force: force.signal,
  });
  onStop(log, async (forced) => {
    forced.addEventListener('abort', () => force.abort());
    stopping.abort();
    await running;
    await thread?.close();
    await closeDatabase(database);
  });
  // Told to stop, the one who told it hears of a failure.
  await running.catch((error) => {
    if (!stopping.signal.aborted) throw error;
  });
});
