import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { printer } from './show.mjs';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 10_000;
const STEADY_MS = 10_000;
/** How long the last lines are waited for: those of a process, and then its own to be read. */
export const LAST_LINES_MS = 500;
const EX_OSERR = 71; // sysexits.h

/**
 * Runs the processes until told to stop, each on its own: one that dies does not disturb the others.
 *
 * How a process ended says what happens next:
 * - status 0: it was told to stop. It stays down; when none is left, this is over.
 * - status 1, and it has never been up: it cannot work and has said why (a wrong setting, an
 *   unusable database). Starting it again would meet the same, so all the others are stopped too.
 * - anything else: it is started again, for ever: after 0.2 s, then after twice as long each time up
 *   to 10 s, and after 0.2 s again once it has run for 10 s. Where it was up before, what status 1
 *   tells of is trouble that passes: a server without a free connection, a locked file.
 *
 * A process is up when it says `up` over its channel (see `onStop` in packages/runtime). The other
 * end closes with this process, however it ends: whoever listens there does not outlive it.
 *
 * Told to stop, it sends SIGTERM to every process and waits for all of them, however long they
 * take: what is in hand shall be finished. Told a second time, it sends SIGTERM again, which ends
 * a process's patience; the third time SIGKILL. Nothing is started any more from the first on.
 *
 * A reader of the output that is slow, or stands still, has the processes wait, as if they wrote to it
 * themselves. Told to stop, they need not wait any more: what is too much then is lost.
 *
 * Signals go to the process itself, not to its children: a Procfile line begins with `exec`.
 *
 * @param processes - `{ name, command, env }`; the command is for /bin/sh
 * @param stops - see `hearStops`
 * @param out - where their lines go, as `printer` shows them
 * @returns the exit status: 0, or 1 when a process said why it cannot work, or did not stop cleanly
 */
export function keepRunning(processes, stops, out) {
  const show = printer(processes, out);
  return new Promise((resolve) => {
    const running = new Set();
    const wereUp = new Set();
    const pauses = new Set();
    let stopping = false;
    let status = 0;

    stops.on('stop', stop);
    // After an error Node 18 does not say that there is room again.
    for (const event of ['drain', 'error']) out.on(event, readOn);
    for (const one of processes) start(one, FIRST_PAUSE_MS);

    function start(one, pauseMs) {
      const child = spawn('/bin/sh', ['-c', one.command], {
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, ...one.env },
      });
      child.on('message', (said) => said === 'up' && wereUp.add(one));
      const startedAt = performance.now();
      running.add(child);
      for (const output of [child.stdout, child.stderr]) {
        createInterface({ input: output }).on('line', (line) => {
          show(one.name, line);
          if (out.writableNeedDrain && !stopping) hold();
        });
      }
      whenEnded(child, (code, signal) => {
        running.delete(child);
        const steady = performance.now() - startedAt >= STEADY_MS;
        settle(one, code, signal, steady ? FIRST_PAUSE_MS : pauseMs);
        if (running.size === 0 && pauses.size === 0) resolve(status);
      });
    }

    function hold() {
      for (const child of running) {
        // What one that has ended has left to say is not much, and its last words.
        if (child.exitCode !== null || child.signalCode !== null) continue;
        child.stdout.pause();
        child.stderr.pause();
      }
    }

    function readOn() {
      for (const child of running) {
        child.stdout.resume();
        child.stderr.resume();
      }
    }

    function settle(one, code, signal, pauseMs) {
      if (stopping) {
        if (code > 0 || signal === 'SIGKILL') status = 1;
        if (code !== 0) show(one.name, `(ended with ${signal ?? `status ${code}`})`);
      } else if (code === 0) {
        show(one.name, '(ended)');
      } else if (code === 1 && !wereUp.has(one)) {
        show(one.name, '(ended with status 1: cannot work; stopping the others)');
        status = 1;
        stop(1);
      } else {
        show(one.name, `(ended with ${signal ?? `status ${code}`}; again in ${pauseMs} ms)`);
        startLater(one, pauseMs);
      }
    }

    function startLater(one, pauseMs) {
      const pause = setTimeout(() => {
        pauses.delete(pause);
        start(one, Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
      }, pauseMs);
      pauses.add(pause);
    }

    function stop(times) {
      stopping = true;
      for (const pause of pauses) clearTimeout(pause);
      pauses.clear();
      readOn();
      for (const child of running) child.kill(times < 3 ? 'SIGTERM' : 'SIGKILL');
      if (running.size === 0) resolve(status);
    }
  });
}

/**
 * Waits for the last lines too, but not for ever: what a process has left behind may hold its
 * output and its channel open.
 */
function whenEnded(child, ended) {
  // It could not even be started: too many processes, for one.
  if (child.pid === undefined) return child.once('error', () => ended(EX_OSERR, null));
  child.once('exit', (code, signal) => {
    child.stdout.resume();
    child.stderr.resume();
    const over = () => {
      clearTimeout(enough);
      child.off('close', over);
      child.stdout.destroy();
      child.stderr.destroy();
      if (child.connected) child.disconnect();
      ended(code, signal);
    };
    const enough = setTimeout(over, LAST_LINES_MS);
    child.once('close', over);
  });
}
