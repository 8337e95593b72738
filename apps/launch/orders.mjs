import { runOnly } from './run.mjs';

const COMMAND =
  'exec node_modules/.bin/node --import ./packages/runtime/src/prepare.mjs apps/cli/src/main.ts "$@"';
const INTERRUPTED = 130;

/** Runs the command line on this terminal. @returns its exit status; never 0 when it was stopped */
export async function orders(args, stops) {
  const status = await runOnly(COMMAND, stops, args);
  return status === 0 && stops.times > 0 ? INTERRUPTED : status;
}
