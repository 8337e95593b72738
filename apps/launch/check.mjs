import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runGroup } from './run.mjs';

const BIOME = ['node_modules/@biomejs/biome/bin/biome'];
// Biome colours each character, also where nobody sees colours.
const COLOURS = process.stdout.isTTY ? [] : ['--colors=off'];
const CHECKS = [
  { what: 'format and lint', args: [...BIOME, 'ci', '--error-on-warnings', ...COLOURS] },
  { what: 'types', args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.base.json'] },
  { what: 'types of the page', args: ['node_modules/typescript/bin/tsc', '-p', 'apps/dashboard'] },
  {
    what: 'types generated from the contract',
    args: ['packages/contract/src/generate.ts', '--check'],
  },
];

// Fast ones first: e2e starts whole processes.
const TESTS = [
  'packages/*/test/**/*.test.ts',
  'apps/!(e2e)/test/**/*.test.ts',
  'apps/e2e/test/**/*.test.ts',
];

/**
 * Checks all that can be checked without running the program, and shows every mistake.
 *
 * @returns how many of the checks failed
 */
export async function check(root, stops) {
  const failed = [];
  for (const { what, args } of CHECKS) {
    if ((await onOwnNode(root, args, stops)) !== 0) failed.push(what);
    if (stops.times > 0) return failed.length;
  }
  if (failed.length > 0) process.stderr.write(`\nNot in order: ${failed.join('; ')}\n\n`);
  return failed.length;
}

/** @returns 0 when all files are in order now */
export function format(root, stops) {
  return onOwnNode(root, [...BIOME, 'check', '--write', ...COLOURS], stops);
}

/**
 * Checks, then runs the tests, whether or not the checks passed. The last line says
 * `N passed, N failed, N skipped`; a failed check counts as one that failed.
 *
 * @param args - for mocha; where they name files, these are run and no others
 * @returns 0 when there were tests, and all of them and all checks passed
 */
export async function test(root, args, stops) {
  const failedChecks = await check(root, stops);
  if (stops.times > 0) return 1;
  const files = args.some((arg) => existsSync(join(root, arg))) ? [] : TESTS;
  return onOwnNode(
    root,
    [
      'node_modules/mocha/bin/mocha.js',
      ...['--reporter', 'apps/launch/reporter.cjs'],
      ...['--reporter-option', `failedChecks=${failedChecks}`],
      // Files run two at a time: half the time is waiting, for processes and for leases. What a file
      // leaves open is named where they run one after the other (--no-parallel).
      ...['--parallel', '--jobs', '2'],
      ...(process.env.CI ? ['--forbid-only'] : []),
      ...args,
      ...files,
    ],
    stops,
  );
}

/** Runs a program with the Node that is installed, on this terminal. @returns its exit status */
export async function onOwnNode(root, args, stops) {
  const node = join(root, 'node_modules/.bin/node');
  // What Node compiles is kept for the next time, as by prepare.mjs of packages/runtime.
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node') };
  return (await runGroup(node, args, { cwd: root, env, stdio: 'inherit' }, stops)).status;
}
