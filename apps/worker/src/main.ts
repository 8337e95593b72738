import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { closeDatabase, openDatabase } from '@orders/db';
import { BROKEN, createLog, endProcess, onStop, readSettings, runMain } from '@orders/runtime';

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
  const told = new AbortController();
  const force = new AbortController();
  const stuck = thread ? [thread.stuck] : [];

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
    stopping: AbortSignal.any([told.signal, ...stuck]),
    force: AbortSignal.any([force.signal, ...stuck]),
  });
  onStop(log, async (forced) => {
    forced.addEventListener('abort', () => force.abort());
    told.abort();
    try {
      await running;
      await closeDatabase(database);
    } finally {
      await thread?.close();
    }
  });
  // Told to stop, the one who told it hears of a failure.
  await running.catch((error) => {
    if (!told.signal.aborted) throw error;
  });
  if (told.signal.aborted) return;
  // Its thread is stuck: what was in hand is written down, and a new process can go on.
  await closeDatabase(database);
  endProcess(BROKEN);
});
