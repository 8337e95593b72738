export { BROKEN, endProcess, endWithoutThreads } from './exit.ts';
export {
  databaseUrl,
  days,
  host,
  logLevel,
  milliseconds,
  port,
  positiveInteger,
  wholeCount,
} from './fields.ts';
export { createLog, type Log, passOn } from './log.ts';
export { runMain } from './run-main.ts';
export { readSettings, SettingsInvalid } from './settings.ts';
export { onStop } from './stop.ts';
export { unlessAborted } from './unless-aborted.ts';
