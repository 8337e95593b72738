import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

import { findBinaries } from './binaries.ts';
import { serverUser } from './user.ts';

export interface Server {
  /** To the database `postgres`, as superuser. */
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL: no more connections, and what is not on the disk is gone. */
  kill(): void;
  /** Has it run again, on the same data and port; it answers some time later. */
  revive(): void;
}

export interface ServerOptions {
  /** Where the temporary directory is made. */
  readonly parent: string;
  /** `name=value`, as for `postgres -c`. */
  readonly settings: readonly string[];
}

/**
 * Makes a cluster and runs a server on it.
 *
 * @throws with what the server said when it does not come up
 */
export async function startServer(options: ServerOptions): Promise<Server> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToStart(options, await freePort());
    } catch (error) {
      // A port that was free may have been taken while the cluster was made.
      if (tries === 3 || !/could not bind/.test(String(error))) throw error;
    }
  }
}

async function tryToStart({ parent, settings }: ServerOptions, port: number): Promise<Server> {
  const user = serverUser();
  const directory = mkdtempSync(join(parent, 'orders-postgres-'));
  const password = randomBytes(16).toString('hex');
  writeFileSync(join(directory, 'password'), password, { mode: 0o600 });
  writeFileSync(join(directory, 'run.sh'), script);
  if (user) {
    chownSync(join(directory, 'password'), user.uid, user.gid);
    chownSync(directory, user.uid, user.gid);
  }
  chmodSync(directory, 0o700);

  const all = [`port=${port}`, ...ownSettings, ...settings].flatMap((one) => ['-c', one]);
  const child = spawn(
    '/bin/sh',
    [join(directory, 'run.sh'), directory, findBinaries(directory, user), ...all],
    // A session of its own: Ctrl-C is for this process, which may want to finish with the database.
    { ...user, cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'pipe'], env: environment() },
  );
  const ended = once(child, 'close').then(() =>
    rmSync(directory, { recursive: true, force: true }),
  );
  await ready(child);
  for (const part of [child, child.stdin, child.stderr]) (part as ChildProcess).unref();
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    async stop() {
      child.ref();
      child.stdin?.end();
      await ended;
    },
    kill() {
      writeFileSync(join(directory, 'killed'), '');
      process.kill(Number(readFileSync(join(directory, 'server'), 'utf8')), 'SIGKILL');
    },
    revive: () => writeFileSync(join(directory, 'revived'), ''),
  };
}

/**
 * The shell outlives this process by a moment: the end of its standard input tells it that this
 * process is gone, by SIGKILL even, and it removes what there is. A server that was killed is
 * started again when the file "revived" is there, as often as it takes until the last process of
 * the dead one is gone.
 */
const script = `
directory=$1 binaries=$2; shift 2
trap 'rm -rf "$directory"' EXIT
exec 3<&0
cd "$directory"
LC_ALL=C "$binaries/initdb" --pgdata="$directory/data" --username=postgres --auth=password \\
  --pwfile="$directory/password" --encoding=UTF8 --locale-provider=builtin --locale=C \\
  --builtin-locale=C.UTF-8 --no-sync --no-instructions -c scram_iterations=1 >&2 || exit 1
serve() {
  LC_ALL=C "$binaries/postgres" -D "$directory/data" "$@" 3<&- &
  echo $! >server
  [ -e over ] && kill -QUIT $!
  wait $!
}
{
  cat <&3 >/dev/null
  touch over
  kill -QUIT $(cat server) 2>/dev/null
} &
serve "$@"
while [ -e killed ]; do
  rm -f killed server
  until [ -e revived ] || [ -e over ]; do sleep 0.05; done
  rm -f revived
  until [ -e over ] || serve "$@" || [ -e killed ]; do sleep 0.05; done
done
`;

const ownSettings = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  // Tests open many short-lived connections.
  'max_connections=200',
];

/** Nothing that steers a PostgreSQL of the machine (PGDATA, PGPORT, …) may steer this one. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR };
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    let isReady = false;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Goes on: a pipe that nobody reads would hold the server up.
      if (isReady) return;
      said += text;
      if (!said.includes('database system is ready to accept connections')) return;
      isReady = true;
      resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`PostgreSQL did not start:\n${said}`)));
  });
}

/** Nobody had it a moment ago; that is all that can be known. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
