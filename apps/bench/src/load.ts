import { fileURLToPath } from 'node:url';

import { start } from './processes.ts';
import type { Scratch } from './scratch.ts';
import { has } from './tools.ts';

export interface Load {
  /** Answered 201. */
  readonly placed: number;
  readonly perSecond: number;
  /** Time from sending a request to its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Orders of one load have ids that begin alike; no two loads have the same. */
let loads = 0;

/**
 * Sends POST /order/ from a process of its own, over connections that stay open, each with an id
 * of its own and the next one when the last is answered.
 *
 * @throws when one is answered with anything but 201, or not at all
 */
export async function placeOverHttp(
  scratch: Scratch,
  url: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<Load> {
  loads += 1;
  const prefix = `load-${process.pid}-${loads}`;
  const [command, args] = has('wrk')
    ? wrk(url, connections, seconds, prefix)
    : ownClient(url, connections, seconds, prefix);
  const client = start(scratch, command, args);
  await client.done();
  const [line] = /^\{.*\}$/m.exec(client.output()) ?? [];
  if (line === undefined) throw new Error(`the client said:\n${client.output()}`);
  const { placed, refused, errors, ms, p50Ms, p99Ms } = JSON.parse(line);
  if (refused + errors > 0) {
    throw new Error(`${refused} answers were not 201, ${errors} requests were not answered`);
  }
  return { placed, perSecond: (placed * 1000) / ms, p50Ms, p99Ms };
}

function wrk(
  url: string,
  connections: number,
  seconds: number,
  prefix: string,
): [string, string[]] {
  const script = fileURLToPath(new URL('placing.lua', import.meta.url));
  // An answer that takes longer than that is none; wrk's own 2 s would count slow disks as errors.
  const load = ['--threads', '1', '--timeout', '30s', '--connections', String(connections)];
  return ['wrk', [...load, '--duration', `${seconds}s`, '--script', script, url, prefix]];
}

function ownClient(
  url: string,
  connections: number,
  seconds: number,
  prefix: string,
): [string, string[]] {
  const program = 'apps/bench/src/placing-client.ts';
  const args = [url, String(connections), String(seconds), prefix];
  return [process.execPath, ['--import', 'tsx', program, ...args]];
}
