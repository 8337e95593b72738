import { databaseUrl, logLevel, milliseconds, port } from '@orders/runtime';
import { z } from 'zod';

export const settingsSchema = z.object({
  DATABASE_URL: databaseUrl,
  HOST: z.string().min(1).default('127.0.0.1').describe('address on which the API listens'),
  PORT: port,
  SHUTDOWN_GRACE_MS: milliseconds(30_000, { min: 0, max: 3_600_000 }).describe(
    'time for requests in hand when told to stop',
  ),
  LOG_LEVEL: logLevel,
});
