import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Running, root, start } from './processes.ts';
import type { Scratch } from './scratch.ts';

/** A process of the service as it is shipped. */
export interface Program extends Running {
  /** Stops it. @throws when it ended badly, or logged that something went wrong */
  finish(): Promise<void>;
}

export interface Api extends Program {
  readonly url: string;
}

/**
 * Starts the API, as the Procfile says, on a free port; resolves when it listens.
 *
 * @param database - the path of a file, or `postgres://…`
 */
export async function startApi(
  scratch: Scratch,
  database: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Api> {
  const program = startProgram(scratch, 'api', {
    ...{ DATABASE_URL: urlOf(database), PORT: '0' },
    ...env,
  });
  const [, port] = await program.says(/"port":(\d+).*"msg":"started"/);
  return { ...program, url: `http://127.0.0.1:${port}` };
}

/** Starts a worker, as the Procfile says, on the same; resolves when it waits for orders. */
export async function startWorker(
  scratch: Scratch,
  database: string,
  env: Readonly<Record<string, string>>,
): Promise<Program> {
  const program = startProgram(scratch, 'worker', { DATABASE_URL: urlOf(database), ...env });
  await program.says(/"msg":"started"/);
  return program;
}

/** Of the path of a file, or of a URL. */
export function urlOf(database: string): string {
  return database.startsWith('postgres:') ? database : `file:${database}`;
}

/** Starts a server of apps/bench in the place of the API, on the same Node with the same options. */
export async function startServer(scratch: Scratch, name: string, ...args: string[]) {
  const program = `apps/bench/src/servers/${name}.ts`;
  const command = commandOf('api').replace('apps/api/src/main.ts', `${program} ${args.join(' ')}`);
  const server = start(scratch, '/bin/sh', ['-c', command]);
  const [, port] = await server.says(/"port":(\d+)/);
  return { ...server, url: `http://127.0.0.1:${port}` };
}

export function startProgram(
  scratch: Scratch,
  name: 'api' | 'worker',
  env: Readonly<Record<string, string>>,
): Program {
  const program = start(scratch, '/bin/sh', ['-c', commandOf(name)], env);
  return {
    ...program,
    async finish() {
      await program.stop();
      const output = program.output();
      for (const sign of signsOfTrouble) {
        const at = output.indexOf(sign);
        const line = output.slice(output.lastIndexOf('\n', at) + 1).split('\n', 1);
        if (at >= 0) throw new Error(`the ${name} logged: ${line}`);
      }
    },
  };
}

const signsOfTrouble = ['"level":"warn"', '"level":"error"', '"level":"fatal"', 'SQLITE_BUSY'];

function commandOf(name: string): string {
  const procfile = readFileSync(join(root, 'Procfile'), 'utf8');
  const [, command] = new RegExp(`^${name}:\\s*(.+)$`, 'm').exec(procfile) ?? [];
  if (command === undefined) throw new Error(`the Procfile has no ${name}`);
  return command;
}
