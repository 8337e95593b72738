import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runGroup } from './run.mjs';
import { withTurn } from './turn.mjs';

const PAGE = 'apps/dashboard';
const BUILT = `${PAGE}/dist`;
const STAMP = `${BUILT}/.built`;
// What it is made of beside its own folder: the client, and the versions of all packages.
const BESIDE = ['packages/contract/src/client.ts', 'pnpm-lock.yaml'];

/**
 * Builds the page for people, unless it has been built of just these sources. Expects the packages
 * to be installed. A page that cannot be built is nobody's reason not to start: why is written to
 * the terminal, the page is missing then, and the next call tries again.
 *
 * @returns whether it is built now
 */
export async function buildPage(root, stops) {
  if (!existsSync(join(root, PAGE, 'build.ts'))) return false;
  try {
    if (isBuilt(root)) return true;
    await withTurn(join(root, 'node_modules/.building'), stops, async () => {
      if (!isBuilt(root)) await build(root, stops);
    });
    return isBuilt(root);
  } catch (error) {
    // A folder that cannot be written, for one.
    sayMissing(error.message);
    return false;
  }
}

async function build(root, stops) {
  const sources = fingerprint(root);
  print('Building the page …');
  rmSync(join(root, STAMP), { force: true });
  const startedAt = performance.now();
  const { status, output } = await runGroup(
    join(root, 'node_modules/.bin/node'),
    [join(PAGE, 'build.ts')],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
    stops,
  ).catch((error) => ({ status: 127, output: error.message }));
  if (stops.times > 0) {
    print(' stopped.\n');
  } else if (status === 0) {
    writeFileSync(join(root, STAMP), sources);
    print(` done in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.\n`);
  } else {
    rmSync(join(root, BUILT), { recursive: true, force: true });
    sayMissing(output.trimEnd().split('\n').slice(-40).join('\n'));
  }
}

function sayMissing(why) {
  print(`\n${why}\nThe page could not be built, for the reason above: /dashboard is missing.\n`);
}

function print(text) {
  process.stderr.write(text);
}

function isBuilt(root) {
  try {
    return readFileSync(join(root, STAMP), 'utf8') === fingerprint(root);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of [...BESIDE, ...sourcesIn(root, PAGE)]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function sourcesIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !['dist', 'node_modules', 'screenshots', 'test'].includes(name))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? sourcesIn(root, path) : [path];
    })
    .sort();
}
