import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Machines, as far as one machine can have them: network namespaces of Linux, each with one cable
 * to the namespace in which a server can be reached. Nothing of the machine's own network is touched.
 */
export interface Network {
  /** The URL of the server, as a machine knows it. */
  urlAt(machine: number): string;
  /** What stands before a command that is to run on a machine. */
  on(machine: number): readonly [command: string, ...args: string[]];
  /** Pulls the cable: nothing arrives any more, and nobody is told. */
  cut(machine: number): void;
  mend(machine: number): void;
  remove(): Promise<void>;
}

/** Why there can be no network here; undefined when there can. */
export function whyNoNetwork(): string | undefined {
  try {
    const name = `orders-${process.pid}-try`;
    ip('netns', 'add', name);
    ip('netns', 'delete', name);
    return undefined;
  } catch (error) {
    return `network namespaces need Linux, root and "ip": ${(error as Error).message.trim()}`;
  }
}

/** @param serverUrl - of a server that listens at 127.0.0.1 here */
export async function makeNetwork(serverUrl: string, machines: number): Promise<Network> {
  const room = `orders-${process.pid}-server`;
  const nameOf = (machine: number) => `orders-${process.pid}-${machine}`;
  const addressOf = (machine: number, end: 1 | 2) => `10.213.${machine}.${end}`;
  const all = Array.from({ length: machines }, (_, machine) => machine);
  const server = new URL(serverUrl);

  ip('netns', 'add', room);
  for (const machine of all) {
    const name = nameOf(machine);
    const cable = `to${machine}`;
    ip('netns', 'add', name);
    ip('-n', room, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', room, 'address', 'add', `${addressOf(machine, 1)}/30`, 'dev', cable);
    ip('-n', name, 'address', 'add', `${addressOf(machine, 2)}/30`, 'dev', 'eth0');
    ip('-n', room, 'link', 'set', cable, 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
  }
  const door = await openDoor(room, Number(server.port));

  return {
    urlAt(machine) {
      const url = new URL(serverUrl);
      url.host = `${addressOf(machine, 1)}:${port}`;
      return url.href;
    },
    on: (machine) => ['ip', 'netns', 'exec', nameOf(machine)],
    cut: (machine) => ip('-n', room, 'link', 'set', `to${machine}`, 'down'),
    mend: (machine) => ip('-n', room, 'link', 'set', `to${machine}`, 'up'),
    async remove() {
      await door.close();
      for (const name of [room, ...all.map(nameOf)]) ip('netns', 'delete', name);
    },
  };
}

const port = 5432;

/**
 * Brings the server into a namespace: a process there listens, and reaches us by a socket that is
 * a file, since files know no namespaces of networks.
 */
async function openDoor(room: string, serverPort: number) {
  const directory = mkdtempSync(join(tmpdir(), 'orders-door-'));
  const path = join(directory, 'door');
  const inside = createServer((socket) => splice(socket, connect(serverPort, '127.0.0.1')));
  inside.listen(path);
  await once(inside, 'listening');
  const outside = spawn(
    'ip',
    ['netns', 'exec', room, process.execPath, '--eval', relay, path, String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(outside.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return {
    async close() {
      outside.kill('SIGKILL');
      await once(outside, 'close');
      inside.close();
      rmSync(directory, { recursive: true });
    },
  };
}

const relay = `
const { connect, createServer } = require('node:net');
const [path, port] = process.argv.slice(1);
const splice = ${splice};
createServer((socket) => splice(socket, connect(path))).listen(Number(port), '0.0.0.0', () => console.log('up'));
`;

function splice(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
  }
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}
