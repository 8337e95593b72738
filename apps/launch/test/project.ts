import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
// @ts-expect-error Plain JavaScript has no types.
import { fingerprint } from '../install.mjs';

export const ROOT = resolve(import.meta.dirname, '../../..');
const LAUNCH = join(ROOT, 'apps/launch/launch.mjs');

/** A folder with the given files, in which the launcher works as in the real project. */
export function makeProject(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'launch-'));
  const launched: Launched[] = [];
  const own = { 'pnpm-lock.yaml': '', 'package.json': '{"packageManager":"pnpm@12.21.0"}' };
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  for (const [file, text] of Object.entries({ ...own, ...files })) write(file, text);

  function write(file: string, text: string) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }

  return {
    folder,
    write,
    /** Makes it look as after an installation. */
    installed() {
      symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
      write('node_modules/.installed', fingerprint(folder));
    },
    /** Makes a part of the real project appear in this one. */
    borrow(...paths: string[]) {
      for (const path of paths) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        symlinkSync(join(ROOT, path), join(folder, path));
      }
    },
    /** Puts a program in the place of npx, for the real one needs minutes and a network. */
    npx(script: string) {
      write('bin/npx', `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, 'bin/npx'), 0o755);
    },
    run(...args: string[]) {
      return start(process.execPath, args);
    },
    launch(...args: string[]) {
      return start(process.execPath, [LAUNCH, ...args]);
    },
    /** As `npm start > file` does it. */
    launchInto(file: string, ...args: string[]) {
      const redirected = ['-c', `exec "$0" "$@" > ${file}`, process.execPath, LAUNCH, ...args];
      return start('/bin/sh', redirected);
    },
    /** Waits until a process of this project has written that much into a file. */
    async wrote(file: string, bytes: number): Promise<void> {
      const size = () => statSync(join(folder, file), { throwIfNoEntry: false })?.size ?? 0;
      while (size() < bytes) await new Promise((settle) => setTimeout(settle, 10));
    },
    /** As `npm start` does it. */
    npmStart() {
      const script = `exec "$npm_node_execpath" "${LAUNCH}" start`;
      const main = { packageManager: 'pnpm@12.21.0', scripts: { start: script } };
      write('package.json', JSON.stringify(main));
      write('node_modules/.installed', fingerprint(folder));
      return start('npm', ['start']);
    },
    remove() {
      for (const one of launched) one.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  function start(command: string, args: string[]) {
    const { npm_lifecycle_event: _, ...env } = process.env;
    const one = watch(
      spawn(command, args, {
        cwd: folder,
        env: { ...env, PATH: `${join(folder, 'bin')}:${process.env.PATH}`, NO_COLOR: '1' },
        // A group of its own, as a shell makes one for what is started on a terminal.
        detached: true,
      }),
    );
    launched.push(one);
    return one;
  }
}

export type Launched = ReturnType<typeof watch>;

function watch(child: ChildProcess) {
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | NodeJS.Signals | null>((settle) => {
    child.once('close', (code, signal) => settle(code ?? signal));
  });
  const exited = new Promise<number | NodeJS.Signals | null>((settle) => {
    child.once('exit', (code, signal) => settle(code ?? signal));
  });
  const pid = child.pid as number;

  return {
    pid,
    ended,
    /** Unlike `ended` it needs nobody to read the output. */
    exited,
    output: () => output,
    /** Ctrl-C: the terminal signals every process of the group. */
    signalGroup: (signal: NodeJS.Signals) => process.kill(-pid, signal),
    signal: (signal: NodeJS.Signals) => process.kill(pid, signal),
    /** As `npm start | head` does it. */
    closeOutput() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    /** As `npm start | less` does it. */
    stopReading() {
      child.stdout?.pause();
    },
    readOn() {
      child.stdout?.resume();
    },
    /** Waits for the pattern's nth appearance in the output. */
    says(pattern: RegExp, times = 1): Promise<RegExpMatchArray> {
      return new Promise((settle, reject) => {
        const look = () => {
          const found = [...output.matchAll(new RegExp(pattern, 'gm'))][times - 1];
          if (!found) return;
          listeners.delete(look);
          settle(found);
        };
        listeners.add(look);
        void ended.then(() => reject(new Error(`ended without ${pattern}:\n${output}`)));
        look();
      });
    },
    /** Whatever a failed test has left. */
    clear() {
      for (const one of [-pid, ...pids(output)]) if (isAlive(one)) process.kill(one, 'SIGKILL');
    },
  };
}

/** The processes that have said who they are, in words or in a line of log. */
export function pids(output: string): number[] {
  return [...output.matchAll(/pid(?:=|":)(\d+)/g)].map((match) => Number(match[1]));
}

/** Whether it runs; one that has ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true; // There is no /proc on this platform.
  }
}

/** Waits until the process is gone; the test's own timeout ends the wait otherwise. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((settle) => setTimeout(settle, 10));
}
