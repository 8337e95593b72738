import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { maxBackoffMs } from '@orders/db';
import { databaseUrl, days, logLevel, milliseconds, positiveInteger } from '@orders/runtime';
import { z } from 'zod';

const processor = z
  .string()
  .transform((path) => resolve(path))
  .refine(isReadableFile, 'the path of a .js, .mjs or .ts file that exists')
  .refine((path) => /\.(js|mjs|ts)$/.test(path), 'the path of a .js, .mjs or .ts file')
  .optional()
  .describe('module that processes the orders; without it they are only simulated');

/** Everything that can be set about a worker; README.md has the same table. */
export const settingsSchema = z.object({
  DATABASE_URL: databaseUrl,
  WORKER_CONCURRENCY: positiveInteger({ default: 1, max: 100_000 }).describe(
    'orders one worker process has in hand at once',
  ),
  PROCESSING_TIME_MS: milliseconds({ default: 2000 }).describe(
    'how long the built-in processor takes for an order',
  ),
  PROCESSOR: processor,
  PROCESSING_TIMEOUT_MS: milliseconds({ default: 600_000, min: 1 }).describe(
    'how long one attempt of a processor of your own may take',
  ),
  LEASE_MS: milliseconds({ default: 15_000, min: 100 }).describe(
    'how long a claim holds without a heartbeat',
  ),
  MAX_ATTEMPTS: positiveInteger({ default: 5 }).describe('attempts before an order is Failed'),
  RETRY_BACKOFF_MS: milliseconds({ default: 1000, max: maxBackoffMs }).describe(
    'first wait before a retry',
  ),
  SHUTDOWN_GRACE_MS: milliseconds({ default: 30_000 }).describe(
    'time for running orders when told to stop',
  ),
  POLL_INTERVAL_MS: milliseconds({ default: 1000, min: 10 }).describe(
    'the slow poll behind the wake-up',
  ),
  RETENTION_DAYS: days
    .optional()
    .describe('orders that ended longer ago are pruned in idle moments; without it none are'),
  LOG_LEVEL: logLevel,
});

function isReadableFile(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
