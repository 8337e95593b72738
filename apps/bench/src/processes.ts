import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Scratch } from './scratch.ts';

export const root = join(import.meta.dirname, '../../..');

/** A process of ours or of a peer, whose output goes into a file. */
export interface Running {
  readonly pid: number;
  /** What it wrote so far. */
  output(): string;
  /** Resolves with what the pattern found in its output; rejects when the process ends first. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when it has ended by itself. @throws when not with status 0 */
  done(): Promise<void>;
  /** Sends SIGTERM and waits. @throws when its status is not 0 */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();

/** For the last moment of the process, in which nothing can be waited for. */
export function killProcesses(): void {
  for (const child of running) child.kill('SIGKILL');
}

let started = 0;

/** Starts a process with nothing of this one's environment but what it needs to be found. */
export function start(
  scratch: Scratch,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  started += 1;
  const log = scratch.path(`output-${started}`);
  const output = openSync(log, 'w');
  const child = spawn(command, args, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...env },
    // A file, not a pipe: nobody has to read it while something is measured.
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  running.add(child);
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return (signal ?? code) as number | string;
  });
  scratch.atEnd(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const read = () => readFileSync(log, 'utf8');
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;

  async function done() {
    const status = await ended;
    if (status === 0) return;
    throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${read().slice(-2000)}`);
  }

  return {
    pid: child.pid as number,
    output: read,
    async says(pattern) {
      for (;;) {
        const over = hasEnded();
        const found = pattern.exec(read());
        if (found) return found;
        if (over) throw new Error(`ended without saying ${pattern}:\n${read().slice(-2000)}`);
        await sleep(5);
      }
    },
    done,
    async stop() {
      child.kill('SIGTERM');
      await done();
    },
  };
}
