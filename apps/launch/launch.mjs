/**
 * What stands behind every npm script: installs and builds what is missing, then does what was asked.
 *
 *     start [name=N …]    the Procfile's processes, kept running
 *     only NAME           one process of the Procfile, alone
 *     build               nothing more: whatever runs the Procfile's processes can do so now
 *     token --sub …       makes a token for trying out
 *     orders [for it …]   the command line of apps/cli
 *     copy-orders …       copies all orders from one database to another
 *     check               format, lint, types, generated types
 *     format              puts format and imports in order
 *     test [for mocha …]  check, then all tests
 *     bench [NAME …]      benchmarks; installs what they compare with
 *     torture [NAME …]    the long form of the tests that do harm
 *
 * Plain JavaScript without dependencies: it runs before there is anything to depend on, on any
 * Node from 18 on. What it starts runs on the Node that is installed into node_modules.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bench } from './bench.mjs';
import { check, format, onOwnNode, test } from './check.mjs';
import { installMissing } from './install.mjs';
import { keepRunning, LAST_LINES_MS } from './keep-running.mjs';
import { orders } from './orders.mjs';
import { buildPage } from './page.mjs';
import { readProcfile, scale } from './procfile.mjs';
import { Refused } from './refused.mjs';
import { runOnly } from './run.mjs';
import { hearStops } from './stops.mjs';

const STOPPED = 0;
// Nobody may take checks or tests for passed that were not run.
const INTERRUPTED = 130;

const PROGRAMS = {
  token: 'apps/api/src/token.ts',
  'copy-orders': 'apps/copy-orders/src/main.ts',
  torture: 'apps/e2e/src/torture/main.ts',
};

const root = process.cwd();
const [task = 'start', ...args] = process.argv.slice(2);

process.exitCode = await launch().catch((error) => {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  return 1;
});
// Not kept alive by what nobody reads.
setTimeout(() => process.exit(), LAST_LINES_MS).unref();

async function launch() {
  const stops = hearStops();
  const processes = task === 'start' ? scale(procfile(), args, process.env) : [];
  await installMissing(root, stops);
  const hasPage = stops.times === 0 && servesPage() && (await buildPage(root, stops));
  if (stops.times > 0) return task === 'start' || task === 'only' ? STOPPED : INTERRUPTED;
  switch (task) {
    case 'start':
      return keepRunning(processes, stops, process.stdout);
    case 'only':
      return runOnly(commandOf(args[0]), stops);
    case 'build':
      return hasPage ? 0 : 1;
    case 'orders':
      return orders(args, stops);
    case 'token':
    case 'copy-orders':
    case 'torture':
      return onOwnNode(root, [PROGRAMS[task], ...args], stops);
    case 'check':
      return (await check(root, stops)) === 0 && stops.times === 0 ? 0 : 1;
    case 'format':
      return format(root, stops);
    case 'test':
      return test(root, args, stops);
    case 'bench':
      return bench(root, args, stops);
    default:
      throw new Refused(`there is no task ${task}`);
  }
}

function servesPage() {
  return (
    ['start', 'build', 'test', 'bench'].includes(task) || (task === 'only' && args[0] === 'api')
  );
}

function procfile() {
  try {
    return readProcfile(readFileSync(join(root, 'Procfile'), 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Refused('there is no Procfile here; run this from the top of the project');
  }
}

function commandOf(name) {
  const found = procfile().find((line) => line.name === name);
  if (!found) throw new Refused(`the Procfile has no process named ${name}`);
  return found.command;
}
