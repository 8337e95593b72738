import { databaseUrl, host, logLevel, milliseconds, port } from '@orders/runtime';
import { z } from 'zod';

export const settingsSchema = z.object({
  DATABASE_URL: databaseUrl,
  HOST: host,
  PORT: port,
  SHUTDOWN_GRACE_MS: milliseconds({ default: 30_000 }).describe(
    'milliseconds for what is in hand when told to stop',
  ),
  LOG_LEVEL: logLevel,
});
