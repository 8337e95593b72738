import { writeSync } from 'node:fs';
import { pino } from 'pino';

export type Log = pino.Logger;

const STDOUT = 1;
const FULL_PIPE_PAUSE_MS = 1;

/**
 * Makes the log of a process: one line of JSON an event on stdout, with `level` in words, `time`
 * as ISO 8601 UTC, `pid` and `name`.
 *
 * A line is handed to the operating system before the call returns. So none is lost, out of order
 * or torn apart however the process ends, `kill -9` included; of what is written asynchronously, a
 * part is still in memory then. The price: a reader that is too slow slows the process down. When
 * there is no reader any more, lines go nowhere and the process goes on.
 */
export function createLog(name: string, level: pino.LevelWithSilent): Log {
  return pino(
    {
      level,
      base: { pid: process.pid, name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: writeToStdout },
  );
}

/**
 * In place of pino's own destination, which sleeps 100 ms, and so stops the event loop, each time a
 * pipe is full: tsx touches process.stdout, and Node makes a pipe non-blocking when that happens.
 */
function writeToStdout(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(STDOUT, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
    }
  }
}
