import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refused } from './refused.mjs';
import { runGroup } from './run.mjs';
import { withTurn } from './turn.mjs';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'];
const NODE_AND_PACKAGES = 'Node 24 and the packages';
const UNREACHABLE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|dns error/i;

/**
 * Installs the packages that pnpm-lock.yaml names, pnpm and Node among them, unless they are
 * there. Afterwards `node_modules/.bin/node` works. Writes into the project only, apart from
 * npm's and pnpm's own caches. May be called by several processes at once: one installs, the
 * others wait. Told to stop, it ends early, and the next call begins again.
 *
 * @param root - a folder with a pnpm-lock.yaml: the project, or one inside it that is not part of it
 * @param what - in words; Node is expected to be there afterwards only for the project's own
 * @throws Refused with words for people when it cannot be done
 */
export async function installMissing(root, stops, what = NODE_AND_PACKAGES) {
  if (isInstalled(root)) return;
  refuseUnsupported();
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  await withTurn(join(root, 'node_modules/.installing'), stops, async () => {
    if (!isInstalled(root)) await install(root, stops, what);
  });
}

/** The content of `node_modules/.installed` that says: all of this is there, for this platform. */
export function fingerprint(root) {
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...packageFiles(root)]) {
    hash.update(`${file}\0${read(join(root, file)) ?? ''}\0`);
  }
  return `${platform()} ${hash.digest('hex')}`;
}

function isInstalled(root) {
  return read(join(root, 'node_modules/.installed')) === fingerprint(root);
}

async function install(root, stops, what) {
  const stamp = join(root, 'node_modules/.installed');
  const before = read(stamp);
  const print = (text) => process.stderr.write(text);
  print(
    before === undefined
      ? `Installing ${what}; the first time this takes a minute …`
      : 'Installing what has changed …',
  );
  // Another platform's binaries (a clone seen from inside a container) would be taken for ours.
  if (before && !before.startsWith(`${platform()} `)) {
    for (const entry of readdirSync(join(root, 'node_modules'))) {
      if (entry !== '.installing') {
        rmSync(join(root, 'node_modules', entry), { recursive: true, force: true });
      }
    }
  }
  rmSync(stamp, { force: true });

  const startedAt = performance.now();
  const { status, output } = await runGroup(
    'npx',
    // Without the last one pnpm wants to note, in the lock file, its own binaries for all platforms.
    ['--yes', packageManager(root), 'install', '--frozen-lockfile', '--pm-on-fail=ignore'],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: plainEnvironment(root) },
    stops,
  ).catch((error) => ({ status: 127, output: error.message }));
  if (stops.times > 0) {
    print(' stopped.\n');
    return;
  }
  if (status !== 0) {
    print(`\n${output.trimEnd().split('\n').slice(-40).join('\n')}\n`);
    throw new Refused(whyItFailed(output, status));
  }
  if (what === NODE_AND_PACKAGES) await tryNode(root, stops);
  writeFileSync(stamp, fingerprint(root));
  print(` done in ${Math.round((performance.now() - startedAt) / 1000)} s.\n`);
}

async function tryNode(root, stops) {
  const works = await runGroup(
    join(root, 'node_modules/.bin/node'),
    ['--version'],
    {},
    stops,
  ).catch(() => ({ status: 127 }));
  if (works.status !== 0) {
    throw new Refused(`the Node that was installed does not run on this machine (${platform()})`);
  }
}

function refuseUnsupported() {
  if (Number(process.versions.node.split('.')[0]) < 18) {
    throw new Refused(`Node 18 or newer is needed to begin with; this is ${process.version}`);
  }
  if (PLATFORMS.includes(platform())) return;
  throw new Refused(
    `this runs on ${PLATFORMS.join(', ')}; this machine is ${platform()}, for which the package ` +
      '"node" has no binary (musl: take a Debian-based image; Windows: use WSL)',
  );
}

function platform() {
  const musl =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime;
  return `${process.platform}-${process.arch}${musl ? '-musl' : ''}`;
}

function packageManager(root) {
  const named = JSON.parse(read(join(root, 'package.json'))).packageManager ?? '';
  const [version] = /^pnpm@[^+]+/.exec(named) ?? [];
  if (!version) throw new Refused('package.json must name the packageManager as pnpm@VERSION');
  return version;
}

/**
 * CI keeps pnpm from asking. The project's own Node stays off the PATH: it is what may be half
 * there, or be replaced meanwhile.
 */
function plainEnvironment(root) {
  const own = join(root, 'node_modules/.bin');
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => entry !== own);
  return { ...process.env, CI: 'true', PATH: path.join(delimiter) };
}

function packageFiles(root) {
  const folders = ['apps', 'packages'].flatMap((parent) =>
    list(join(root, parent)).map((name) => `${parent}/${name}/package.json`),
  );
  return ['package.json', ...folders.sort()];
}

function whyItFailed(output, status) {
  if (UNREACHABLE.test(output)) {
    return 'the npm registry cannot be reached; packages could not be installed. Try again online.';
  }
  if (status === 127) return 'npx was not found; npm is needed to install the packages';
  return 'the packages could not be installed; what pnpm said stands above';
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
