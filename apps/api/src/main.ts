import process from 'node:process';
import { createLog, onStop, readSettings, runMain } from '@orders/runtime';

import { startApi } from './api.ts';
import { settingsSchema } from './settings.ts';

await runMain(async () => {
  const settings = readSettings(settingsSchema, process.env);
  const log = createLog('api', settings.LOG_LEVEL);
  const { host, port, authentication, stop } = await startApi(settings, log);
  onStop(log, stop);
  log.info({ host, port, authentication }, 'started');
});
