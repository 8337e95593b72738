import { writeSync } from 'node:fs';
import { pino } from 'pino';

export type Log = pino.Logger;

const STDOUT = 1;
const FULL_PIPE_PAUSE_MS = 1;
const PATIENCE_MS = 500;

/**
 * Makes the log of a process: one line of JSON an event on stdout, with `level` in words, `time`
 * as ISO 8601 UTC, `pid` and `name`.
 *
 * A line is handed to the operating system before the call returns. So none is lost, out of order
 * or torn apart however the process ends, `kill -9` included; of what is written asynchronously, a
 * part is still in memory then. The price: a reader that is slow slows the process down. One that
 * does not read for half a second, a disk that is full, nobody there at all: lines are lost, the
 * process goes on, and a line says how many as soon as one can be written.
 */
export function createLog(name: string, level: pino.LevelWithSilent): Log {
  return pino(
    {
      level,
      base: { pid: process.pid, name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: lineWriter() },
  );
}

/**
 * In place of pino's own destination, which sleeps 100 ms, and so stops the event loop, each time a
 * pipe is full: tsx touches process.stdout, and Node makes a pipe non-blocking when that happens.
 */
function lineWriter(): (line: string) => void {
  let lost = 0;
  // What a reader has been waited for lately, in milliseconds; forgiven when it reads again.
  let waitedMs = 0;

  /** @returns whether the whole line was written; a torn one is ended by the next. */
  function write(line: string): boolean {
    let rest = Buffer.from(line);
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(STDOUT, rest));
        waitedMs = 0;
      } catch (error) {
        const full = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!full || waitedMs >= PATIENCE_MS) return false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
        waitedMs += FULL_PIPE_PAUSE_MS;
      }
    }
    return true;
  }

  return (line) => {
    if (lost > 0 && write(`\n{"level":"warn","msg":"log lines lost","lost":${lost}}\n`)) lost = 0;
    if (lost > 0 || !write(line)) lost += 1;
  };
}
