import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { start } from './processes.ts';
import type { Scratch } from './scratch.ts';
import { has } from './tools.ts';

export interface Load {
  /** Answers 201 to orders, 200 to the rest. */
  readonly answered: number;
  readonly perSecond: number;
  /** Time from sending a request to its answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Which requests come with in turn, beginning with the first. */
  readonly tokens?: readonly string[];
}

/** Orders of one load have ids that are alike; no two loads have the same. */
let loads = 0;

/**
 * Sends POST /order/ from a process of its own, over connections that stay open, each with an id
 * of its own and the next one when the last is answered.
 *
 * @param ids - `scatter`: one lies anywhere between those before, as UUIDs do
 * @throws when one is answered with an error, or not at all
 */
export function placeOverHttp(
  scratch: Scratch,
  url: string,
  options: LoadOptions,
  ids: 'place' | 'scatter' = 'place',
): Promise<Load> {
  loads += 1;
  const name = `load-${process.pid}-${loads}`;
  return load(scratch, url, options, [ids, name, fileOf(scratch, name, options.tokens)]);
}

/**
 * Sends GET in the same way.
 *
 * @param path - `{n}` in it stands for any number from 0 up to `limit`, `{id}` for the id of that
 *   order in a big file
 */
export function getOverHttp(
  scratch: Scratch,
  url: string,
  options: LoadOptions,
  path: string,
  limit: number,
): Promise<Load> {
  return load(scratch, url, options, ['get', path, String(limit)]);
}

/** The path of a file with these, one a line; empty without any. */
function fileOf(scratch: Scratch, name: string, tokens: readonly string[] = []): string {
  if (tokens.length === 0) return '';
  const path = scratch.path(`${name}-tokens`);
  writeFileSync(path, tokens.map((token) => `${token}\n`).join(''));
  return path;
}

async function load(
  scratch: Scratch,
  url: string,
  { connections, seconds }: LoadOptions,
  what: readonly string[],
): Promise<Load> {
  const script = fileURLToPath(new URL('load.lua', import.meta.url));
  const client = has('wrk')
    ? start(scratch, 'wrk', [
        ...['--threads', '1', '--connections', String(connections)],
        // An answer that takes longer is none; wrk's own 2 s would count a slow disk as an error.
        ...['--timeout', '30s', '--duration', `${seconds}s`, '--script', script, url, ...what],
      ])
    : start(scratch, process.execPath, [
        ...['apps/bench/src/load-client.ts', url],
        ...[String(connections), String(seconds), ...what],
      ]);
  await client.done();
  const [line] = /^\{.*\}$/m.exec(client.output()) ?? [];
  if (line === undefined) throw new Error(`the client said:\n${client.output()}`);
  const { answered, refused, errors, ms, p50Ms, p99Ms } = JSON.parse(line);
  if (refused + errors > 0) {
    throw new Error(`${refused} requests were refused, ${errors} were not answered`);
  }
  return { answered, perSecond: (answered * 1000) / ms, p50Ms, p99Ms };
}
