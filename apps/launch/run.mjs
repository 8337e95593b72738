import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a program to its end, in a process group of its own. Told to stop, it sends SIGTERM to the
 * whole group, and SIGKILL when some of it is still there two seconds later.
 *
 * @param options - as for `child_process.spawn`
 * @returns how it ended; `output` is what it wrote into pipes, if any
 */
export function runGroup(command, args, options, stops) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    let patience;
    const stop = () => {
      signalGroup(child.pid, 'SIGTERM');
      patience ??= setTimeout(() => {
        signalGroup(child.pid, 'SIGKILL');
        // Whoever left the group may hold them open; that is no reason to wait.
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, 2000);
    };
    stops.on('stop', stop);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      stops.off('stop', stop);
      clearTimeout(patience);
      resolve({ status: code ?? 128 + constants.signals[signal], output });
    });
  });
}

/**
 * Runs one command on this terminal, as it is. SIGTERM is passed on to it each time somebody
 * wants it to stop. It has a channel whose other end closes with this process, however it ends.
 *
 * @param args - for the command, which has them as "$@"
 * @returns its exit status; 0 when it died of that signal, before it could do better
 */
export function runOnly(command, stops, args = []) {
  return new Promise((resolve) => {
    const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
    const child = spawn('/bin/sh', ['-c', command, 'sh', ...args], { stdio });
    // What the command has left behind may hold it open; that is no reason to wait.
    child.channel.unref();
    stops.on('stop', (times) => child.kill(times < 3 ? 'SIGTERM' : 'SIGKILL'));
    child.once('exit', (code, signal) => {
      const asked = stops.times > 0 && signal !== 'SIGKILL';
      resolve(code ?? (asked ? 0 : 128 + constants.signals[signal]));
    });
  });
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
