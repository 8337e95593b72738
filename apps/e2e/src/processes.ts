import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const root = join(import.meta.dirname, '../../..');

/** A line of a process's log. */
export type LogLine = Record<string, unknown> & { msg?: string };

/** A real process of the service, and what it says. */
export interface RunningProcess {
  readonly child: ChildProcess;
  /** Everything it logged so far. */
  readonly lines: readonly LogLine[];
  /** What it wrote otherwise, on stdout and stderr. */
  readonly text: string;
  /** Resolves with its exit status, or the signal that ended it, when all its output is here. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Resolves with the first line of the log that fits; rejects when the process ends first. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  /** Sends SIGTERM. */
  stop(): Promise<number | NodeJS.Signals>;
}

/**
 * Starts processes for a suite; whatever of them still runs when a test ends, however it ends, is
 * killed with its whole group.
 */
export function processesOfEachTest() {
  const { start, killAll } = processGroups();
  afterEach(killAll);
  return start;
}

/** All that runs. What this process leaves behind would go on for ever. */
const running = new Set<RunningProcess>();
let endsWithUs = false;

/** From now on what is started ends with this process; exit handlers that come later find it killed. */
export function endWithUs(): void {
  if (endsWithUs) return;
  endsWithUs = true;
  process.on('exit', () => {
    for (const { child } of running) killGroup(child);
  });
  // By itself a signal ends a process without a last word.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}

/** Starts processes, each in a process group of its own; they end with this process at the latest. */
export function processGroups() {
  endWithUs();
  const own = new Set<RunningProcess>();
  return {
    start(
      command: string,
      args: readonly string[],
      env: Record<string, string>,
      stdin: 'ignore' | 'pipe' = 'ignore',
    ): RunningProcess {
      const child = spawn(command, args, {
        cwd: root,
        env: { ...process.env, ...env },
        detached: true,
        stdio: [stdin, 'pipe', 'pipe'],
      });
      const started = observe(child);
      own.add(started);
      running.add(started);
      void started.ended.then(() => own.delete(started) && running.delete(started));
      return started;
    },
    /** Kills what still runs, at once; resolves when all of it has ended. */
    async killAll(): Promise<void> {
      const left = [...own];
      for (const { child } of left) killGroup(child);
      await Promise.all(left.map(({ ended }) => ended));
    },
  };
}

/** The arguments with which Node runs one of the service's programs: those of the Procfile. */
export function program(app: 'api' | 'worker'): string[] {
  const procfile = readFileSync(join(root, 'Procfile'), 'utf8');
  const [, given] =
    new RegExp(`^${app}: exec node_modules/.bin/node (.+)$`, 'm').exec(procfile) ?? [];
  if (given === undefined) throw new Error(`the Procfile has no ${app} that Node runs`);
  return given.split(' ');
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function observe(child: ChildProcess): RunningProcess {
  const lines: LogLine[] = [];
  const watchers = new Set<(line: LogLine) => void>();
  let text = '';
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on('line', (line) => {
      const logged = parse(line);
      if (logged === undefined) {
        text += `${line}\n`;
        return;
      }
      lines.push(logged);
      for (const watcher of watchers) watcher(logged);
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code ?? -1)),
  );
  return {
    child,
    lines,
    get text() {
      return text;
    },
    ended,
    logged: (fits) =>
      new Promise((resolve, reject) => {
        const found = lines.find(fits);
        if (found) return resolve(found);
        const watcher = (line: LogLine) => fits(line) && resolve(line);
        watchers.add(watcher);
        void ended.then((status) =>
          reject(new Error(`the process ended (${status}) before it logged that\n${text}`)),
        );
      }),
    signal: (signal) => void child.kill(signal),
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** A runner prefixes lines with the process's name. */
function parse(line: string): LogLine | undefined {
  const json = line.slice(line.indexOf('{'));
  try {
    return json.startsWith('{') ? JSON.parse(json) : undefined;
  } catch {
    return undefined;
  }
}
