import { once } from 'node:events';
import { createServer } from 'node:net';

import { Unavailable } from './benchmark.ts';
import { start } from './processes.ts';
import type { Scratch } from './scratch.ts';
import { has } from './tools.ts';

/**
 * Has a peer place orders and drain them, in a process of its own.
 *
 * @param args - for the program in `peers/src`; the number of orders comes first
 * @returns orders a second from the end of the first fifth, which warms up, to the last
 * @throws when the peer has not processed each order once
 */
export async function drainByPeer(
  scratch: Scratch,
  peer: string,
  orders: number,
  ...args: string[]
): Promise<number> {
  const program = `apps/bench/peers/src/${peer}.ts`;
  const running = start(scratch, process.execPath, [program, String(orders), ...args]);
  await running.done();
  const [, rate] = /^\{"perSecond":([\d.]+)\}$/m.exec(running.output()) ?? [];
  if (rate === undefined) throw new Error(`${peer} said:\n${running.output()}`);
  return Number(rate);
}

/** Starts a Redis that keeps its data in the scratch. @returns its URL */
export async function startRedis(scratch: Scratch, settings: readonly string[]): Promise<string> {
  if (!has('redis-server')) throw new Unavailable('redis-server is not installed');
  const port = await freePort();
  const running = start(scratch, 'redis-server', [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', scratch.path('.')],
    ...settings,
  ]);
  await running.says(/Ready to accept connections/);
  return `redis://127.0.0.1:${port}`;
}

/** Nobody had it a moment ago; that is all that can be known. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
