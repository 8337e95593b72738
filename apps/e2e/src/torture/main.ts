/**
 * The long form of the tests that do harm: `npm run torture -- --minutes 10 --seed 7 ledger`.
 *
 * Goes on until the time is over, says how it stands, and ends with status 1 when a promise was
 * broken.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process, { stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { kinds } from '@orders/db/testing';

import { endWithUs } from '../processes.ts';
import { fuzzLong } from './fuzz-long.ts';
import { soak } from './soak.ts';
import { torture } from './torture.ts';

interface Run {
  readonly minutes: number;
  readonly seed: number;
  readonly databaseUrl: string;
  readonly kind: string;
  readonly directory: string;
}

/** @returns what was wrong, and a line that says what was done */
const runs = {
  async ledger({ minutes, seed, databaseUrl, kind, directory }: Run) {
    const until = Date.now() + minutes * 60_000;
    const { faults, ledger, blows, orders, events, interrupted } = await torture({
      ...{ databaseUrl, directory, seed, inTurn: kind === 'sqlite' },
      goesOn: () => Date.now() < until,
      onStrike: (strikes, { accepted, unanswered }) =>
        progress(
          `${strikes} strikes, ${accepted.size} orders accepted, ${unanswered} without answer`,
        ),
    });
    const done = Object.entries(blows).map(([blow, times]) => `${times} times ${blow}`);
    return {
      faults,
      summary:
        `processes were ${done.join(', ')}; ${ledger.accepted.size} orders accepted, ` +
        `${ledger.unanswered} requests without an answer sent again; ${interrupted} attempts ` +
        `interrupted; ${orders} orders and ${events} events looked at`,
    };
  },
  async fuzz({ minutes, seed, databaseUrl }: Run) {
    return fuzzLong({ databaseUrl, seed, minutes, onBatch: progress });
  },
  async soak({ minutes, seed, databaseUrl, directory }: Run) {
    return soak({ minutes, seed, databaseUrl, directory, onSample: progress });
  },
};

let saidAt = 0;
let startedAt = 0;
const usage =
  `npm run torture -- [--minutes 10] [--seed 7] [--database ${Object.keys(kinds).join('|')}] ` +
  `[${Object.keys(runs).join('] [')}]\n`;
const { values, positionals } = readArguments();
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const names = positionals.length > 0 ? positionals : Object.keys(runs);
const make = kinds[values.database as keyof typeof kinds];
const unknown = names.find((name) => !(name in runs));

if (values.help) {
  stdout.write(usage);
} else if (unknown !== undefined || !make || !(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write(`error: ${usage}`);
  process.exitCode = 1;
} else {
  endWithUs();
  for (const name of names as (keyof typeof runs)[]) await run(name, make);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        database: { type: 'string', default: 'sqlite' },
      },
    });
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n\n${usage}`);
    process.exit(1);
  }
}

async function run(name: keyof typeof runs, makeDatabase: typeof make): Promise<void> {
  const own = await makeDatabase();
  const directory = mkdtempSync(join(tmpdir(), 'orders-torture-'));
  const leave = () => {
    rmSync(directory, { recursive: true, maxRetries: 10 });
    return own.destroy();
  };
  // Files are removed at once; a server ends with this process.
  const interrupted = () => {
    say('interrupted: no verdict\n');
    void leave();
  };
  process.once('exit', interrupted);
  stdout.write(`${name} on ${values.database}, ${minutes} minutes, seed ${seed}\n`);
  startedAt = Date.now();
  try {
    const { faults, summary } = await runs[name]({
      ...{ minutes, seed, directory, databaseUrl: own.url, kind: values.database },
    });
    say(`${summary}\n`);
    for (const line of faults) stdout.write(`  ${line}\n`);
    // What belongs to a fault is indented.
    const { length } = faults.filter((line) => !line.startsWith(' '));
    stdout.write(length === 0 ? 'passed: nothing was lost\n\n' : `failed: ${length} faults\n\n`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    process.off('exit', interrupted);
    await leave();
  }
}

/** How it stands, and since when. */
function progress(line: string): void {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  say(`${time} of ${minutes} min: ${line}`);
}

/** On a terminal in place of what was said before. */
function say(line: string): void {
  if (stdout.isTTY) stdout.write(`\r\x1b[K${line}`);
  else if (line.endsWith('\n') || Date.now() - saidAt > 10_000) {
    saidAt = Date.now();
    stdout.write(line.endsWith('\n') ? line : `${line}\n`);
  }
}
