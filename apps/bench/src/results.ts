import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Benchmark, Result } from './benchmark.ts';
import type { Machine } from './machine.ts';
import { describe } from './readme.ts';

/** What results.json holds: each benchmark as it was last run. */
export type Results = Readonly<Record<string, Entry>>;

export interface Entry {
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  readonly runs: number;
  readonly machine: Machine;
  readonly comparisons: readonly Result[];
}

const folder = join(import.meta.dirname, '..');
const file = join(folder, 'results.json');

/** Puts a benchmark's results in the place of its earlier ones, and writes the README anew. */
export function keepResults(name: string, entry: Entry, benchmarks: readonly Benchmark[]): void {
  const results = { ...readResults(), [name]: entry };
  writeFileSync(file, `${JSON.stringify(results, shortened, 1)}\n`);
  writeReadme(benchmarks);
}

/** Writes README.md: what results.json holds, in words, and above it what people wrote. */
export function writeReadme(benchmarks: readonly Benchmark[]): void {
  const notes = readFileSync(join(folder, 'notes.md'), 'utf8');
  writeFileSync(join(folder, 'README.md'), describe(benchmarks, readResults(), notes));
}

export function readResults(): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return {};
  }
}

/** More digits than a measurement has would only make differences between two files. */
function shortened(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value;
}
