import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, openDatabase, readMetrics } from '@orders/db';

import { processGroups, program } from '../processes.ts';
import { eventually, freePort } from '../service.ts';
import { placeAndWriteDown } from './ledger.ts';
import { seeded } from './random.ts';
import { verify } from './verify.ts';

export interface SoakOptions {
  readonly databaseUrl: string;
  readonly directory: string;
  readonly seed: number;
  readonly minutes: number;
  readonly onSample: (line: string) => void;
}

/** What is measured of a steady run, once a second. */
type Sample = Record<string, number>;

/**
 * By how much the median of the last fifth of a run may be above that of the second fifth, by which
 * time everything is warm: as a factor, and on top of it.
 */
const flat = {
  'api MB': [1.1, 20],
  'api handles': [1, 5],
  'worker MB': [1.1, 20],
  'worker handles': [1, 5],
  '-wal MB': [1.25, 4],
  'latency ms': [1.25, 5],
} satisfies Record<string, readonly [number, number]>;

/**
 * Steady load on one API and one worker, with orders that end, fail, are tried again and are
 * cancelled: what it takes must be flat.
 */
export async function soak(options: SoakOptions) {
  const { databaseUrl, directory, seed } = options;
  if (!existsSync('/proc/self/fd')) throw new Error('this system has no /proc to measure with');
  const groups = processGroups();
  const notesFile = join(directory, 'notes');
  const PORT = await freePort();
  const env = {
    ...{ DATABASE_URL: databaseUrl, PORT, NOTES_FILE: notesFile, LOG_LEVEL: 'warn' },
    PROCESSOR: join(import.meta.dirname, 'processor.mjs'),
    ...{ WORKER_CONCURRENCY: '16', RETRY_BACKOFF_MS: '200' },
  };
  const api = groups.start(process.execPath, program('api'), env);
  const worker = groups.start(process.execPath, program('worker'), env);
  const database = await openDatabase(databaseUrl);
  try {
    const url = `http://127.0.0.1:${PORT}`;
    await eventually(() =>
      fetch(`${url}/readyz`).then(
        (reply) => reply.ok,
        () => false,
      ),
    );
    const over = new AbortController();
    const { ledger, done } = placeAndWriteDown({
      ...{ urls: [url], clients: 8, until: over.signal, longestPauseMs: 40 },
      random: seeded(seed),
    });
    const samples: Sample[] = [];
    const until = Date.now() + options.minutes * 60_000;
    while (Date.now() < until) {
      await sleep(1000);
      const asked = performance.now();
      await fetch(`${url}/metrics/`).then((reply) => reply.json());
      const sample = {
        ...{ 'latency ms': performance.now() - asked },
        ...{ 'api MB': megabytes(api.child.pid), 'api handles': handles(api.child.pid) },
        ...{
          'worker MB': megabytes(worker.child.pid),
          'worker handles': handles(worker.child.pid),
        },
        '-wal MB': walMegabytes(databaseUrl),
      };
      samples.push(sample);
      options.onSample(`${ledger.accepted.size} orders; ${shown(sample)}`);
    }
    over.abort();
    await done;
    await eventually(async () => {
      const { pendingOrders, processingOrders } = await readMetrics(database);
      return pendingOrders + processingOrders === 0;
    });
    const statuses = await Promise.all([api.stop(), worker.stop()]);
    const verdict = await verify({ database, ledger, notesFile, inTurn: false });
    return {
      faults: [
        ...verdict.faults,
        ...(ledger.unanswered > 0 ? [`${ledger.unanswered} requests were not answered`] : []),
        ...statuses.flatMap((status) => (status === 0 ? [] : [`a process ended with ${status}`])),
        ...growth(samples),
      ],
      summary:
        `${ledger.accepted.size} orders; at first ${shown(medians(samples, 1))}; ` +
        `at last ${shown(medians(samples, 4))}`,
    };
  } finally {
    await groups.killAll();
    await closeDatabase(database);
  }
}

/** What grew by more than it may. */
export function growth(samples: readonly Sample[]): string[] {
  const [before, after] = [medians(samples, 1), medians(samples, 4)];
  return Object.entries(flat).flatMap(([figure, [factor, more]]) => {
    const [was = 0, is = 0] = [before[figure], after[figure]];
    return is > was * factor + more ? [`${figure} grew from ${was} to ${is}`] : [];
  });
}

/** @param fifth - of the run, from 0 to 4 */
function medians(samples: readonly Sample[], fifth: number): Sample {
  const from = Math.floor((samples.length * fifth) / 5);
  const part = samples.slice(from, Math.floor((samples.length * (fifth + 1)) / 5));
  return Object.fromEntries(
    Object.keys(flat).map((figure) => {
      const sorted = part.map((sample) => sample[figure] ?? 0).toSorted((a, b) => a - b);
      return [figure, sorted[Math.floor(sorted.length / 2)] ?? 0];
    }),
  );
}

function shown(sample: Sample): string {
  return Object.entries(sample)
    .map(([figure, value]) => `${figure} ${value.toFixed(value < 10 ? 1 : 0)}`)
    .join(', ');
}

function megabytes(pid = 0): number {
  const [, kilobytes = '0'] =
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}

function handles(pid = 0): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** 0 on databases that have no such file here. */
function walMegabytes(databaseUrl: string): number {
  const path = `${databaseUrl.replace(/^file:/, '')}-wal`;
  return existsSync(path) ? statSync(path).size / 2 ** 20 : 0;
}
