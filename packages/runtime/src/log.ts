import { writeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { pino } from 'pino';

export type Log = pino.Logger;

const NEWLINE = 0x0a;
const WARN = 40;
const FULL_PIPE_PAUSE_MS = 1;
const PATIENCE_MS = 500;
/** Lines gathered at the most, in characters; more are written before the turn is over. */
const MAX_GATHERED = 64 * 1024;

/**
 * Makes the log of a process: one line of JSON an event on stdout, with `level` in words, `time`
 * as ISO 8601 UTC, `pid` and `name`. Credentials in headers, and rows that a database cites in its
 * errors, are left out.
 *
 * A line of level warn or above is handed to the operating system before the call returns, and
 * with it all lines before it. Those of lower levels are handed over together, at the latest when
 * the turn of the event loop ends, or the process does: only what ends it without a word, such as
 * `kill -9`, loses the lines of that one turn. Otherwise none is lost, out of order or torn apart.
 *
 * The price: a reader that is slow slows the process down. One that does not read for half a
 * second, a disk that is full, nobody there at all: lines are lost, the process goes on, and a line
 * says how many as soon as one can be written.
 */
export function createLog(name: string, level: pino.LevelWithSilent): Log {
  return pino(
    {
      level,
      base: { pid: process.pid, name },
      timestamp: createTimestamps(Date.now),
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secrets, censor: '[redacted]' },
    },
    openStdout(),
  );
}

/**
 * Passes on the lines that a thread of this process writes, each as a whole and in their order; one
 * that is longer than MAX_GATHERED in pieces. They are lost like those of the log, and as little stop
 * or end the process. (Node, left to itself, ends it for a reader that is gone or a disk that is full,
 * and keeps in memory what is not read.)
 */
export function passOn(text: Readable, to: 'stdout' | 'stderr'): void {
  const write = to === 'stdout' ? (lines: string) => openStdout().write(lines) : openStderr();
  let begun = '';
  text.setEncoding('utf8');
  text.on('data', (piece: string) => {
    begun += piece;
    const end = begun.length > MAX_GATHERED ? begun.length : begun.lastIndexOf('\n') + 1;
    if (end === 0) return;
    const lines = begun.slice(0, end);
    begun = begun.slice(end);
    write(lines.endsWith('\n') ? lines : `${lines}\n`);
  });
  text.on('end', () => {
    if (begun !== '') write(`${begun}\n`);
  });
}

/** A busy process writes dozens of lines a millisecond; turning the time into text is a third of each. */
export function createTimestamps(clock: () => number): () => string {
  let writtenAt = Number.NaN;
  let written = '';
  return () => {
    const now = clock();
    if (now !== writtenAt) {
      writtenAt = now;
      written = `,"time":"${new Date(now).toISOString()}"`;
    }
    return written;
  };
}

/**
 * What must not stand in a log, whoever logs it: by these somebody proves who they are, and in the
 * last two PostgreSQL cites rows, which are orders.
 */
const secrets = [
  ...['headers', 'req.headers', 'res.headers', 'err.headers'].flatMap((headers) => [
    ...[`${headers}.authorization`, `${headers}.cookie`, `${headers}["set-cookie"]`],
  ]),
  ...['authorization', 'cookie', 'err.detail', 'err.where'],
];

// One for all that this process writes, or the lines of one would overtake another's.
let stdout: pino.DestinationStream | undefined;
let stderr: ((lines: string) => void) | undefined;

function openStdout(): pino.DestinationStream {
  stdout ??= gatherLines(writeLines(process.stdout));
  return stdout;
}

function openStderr(): (lines: string) => void {
  stderr ??= writeLines(process.stderr);
  return stderr;
}

/** A write of its own costs nearly as much as all else about a line. */
function gatherLines(write: (lines: string) => void): pino.DestinationStream {
  let gathered = '';
  let turn: NodeJS.Immediate | undefined;
  let isLastTurn = false;

  function flush(): void {
    clearImmediate(turn);
    turn = undefined;
    const lines = gathered;
    gathered = '';
    if (lines !== '') write(lines);
  }

  process.on('exit', () => {
    isLastTurn = true;
    flush();
  });
  return {
    // Has pino tell the level of each line, in lastLevel.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line) {
      gathered += line;
      const isUrgent = isLastTurn || this.lastLevel >= WARN;
      if (isUrgent || gathered.length > MAX_GATHERED) flush();
      else turn ??= setImmediate(flush);
    },
  } as pino.DestinationStream & { lastLevel: number };
}

/**
 * In place of pino's own destination, which sleeps 100 ms, and so stops the event loop, each time a
 * pipe is full.
 *
 * @param output - whoever touches process.stdout has Node make a pipe non-blocking; a blocking one
 *   stops the process for as long as its reader likes
 */
function writeLines(output: { readonly fd: number }): (lines: string) => void {
  let lost = 0;
  /** The rest of a line of which the beginning is written. */
  let torn = Buffer.alloc(0);
  // What a reader has been waited for lately, in milliseconds; forgiven when it reads again.
  let waitedMs = 0;

  /** @returns how many of the lines were not even begun */
  function put(lines: string): number {
    const bytes = Buffer.concat([torn, Buffer.from(lines)]);
    const written = write(bytes);
    const rest = bytes.subarray(written);
    const isTorn = written === 0 ? torn.length > 0 : bytes[written - 1] !== NEWLINE;
    const ofTorn = isTorn ? rest.indexOf(NEWLINE) + 1 : 0;
    torn = rest.subarray(0, ofTorn);
    return countLines(rest.subarray(ofTorn).toString());
  }

  /** @returns how many of the bytes were written */
  function write(bytes: Buffer): number {
    let written = 0;
    while (written < bytes.length) {
      try {
        written += writeSync(output.fd, bytes, written);
        waitedMs = 0;
      } catch (error) {
        const full = (error as NodeJS.ErrnoException).code === 'EAGAIN';
        if (!full || waitedMs >= PATIENCE_MS) break;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
        waitedMs += FULL_PIPE_PAUSE_MS;
      }
    }
    return written;
  }

  return (lines) => {
    if (lost > 0 && put(`{"level":"warn","msg":"log lines lost","lost":${lost}}\n`) === 0) lost = 0;
    lost += lost > 0 ? countLines(lines) : put(lines);
  };
}

function countLines(lines: string): number {
  return lines.split('\n').length - 1;
}
