import { MultiBar, Presets } from 'cli-progress';

import { writeLine } from './show.ts';
import type { Terminal } from './terminal.ts';

/** How far an import has come. */
export interface Progress {
  /** @param bytes - of the file */
  update(orders: number, bytes: number): void;
  /** Writes a line of output without tearing the bar apart. */
  line(text: string): void;
  /** Says something to people. */
  note(text: string): void;
  stop(): void;
}

/** How often a line tells of it where there is no terminal. */
const lineEachMs = 5000;

/**
 * Shows on stderr how far an import has come: with rate and time left in a bar on a terminal, in a
 * plain line from time to time otherwise.
 *
 * @param totalBytes - undefined when nobody knows how much is to come
 */
export function showProgress(terminal: Terminal, totalBytes: number | undefined): Progress {
  const startedAt = performance.now();
  const rateOf = (orders: number) =>
    Math.round(orders / Math.max(0.001, (performance.now() - startedAt) / 1000));
  return terminal.stderr.isTTY ? showBar(terminal, totalBytes, rateOf) : tell(terminal, rateOf);
}

function showBar(
  { stdout, stderr }: Terminal,
  totalBytes: number | undefined,
  rateOf: (orders: number) => number,
): Progress {
  const bars = new MultiBar(
    {
      stream: stderr as NodeJS.WriteStream,
      format:
        totalBytes === undefined
          ? '{orders} orders | {rate}/s | {duration_formatted}'
          : '{bar} {percentage} % | {orders} orders | {rate}/s | {eta_formatted} left',
      ...{ barsize: 24, etaBuffer: 100, emptyOnZero: true, hideCursor: true },
      // What Ctrl-C means is decided elsewhere.
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  const bar = bars.create(totalBytes ?? 0, 0, { orders: 0, rate: 0 });
  return {
    update(orders, bytes) {
      bar.update(totalBytes === undefined ? 0 : bytes, { orders, rate: rateOf(orders) });
    },
    line(text) {
      if (stdout.isTTY) bars.log(`${text}\n`);
      else writeLine(stdout, text);
    },
    note: (text) => bars.log(`${text}\n`),
    stop: () => bars.stop(),
  };
}

function tell({ stdout, stderr }: Terminal, rateOf: (orders: number) => number): Progress {
  let orders = 0;
  const timer = setInterval(
    () => writeLine(stderr, `${orders} orders so far, ${rateOf(orders)}/s`),
    lineEachMs,
  );
  return {
    update(count) {
      orders = count;
    },
    line: (text) => writeLine(stdout, text),
    note: (text) => writeLine(stderr, text),
    stop: () => clearInterval(timer),
  };
}
