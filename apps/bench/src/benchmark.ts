import { median } from './figures.ts';
import { type Scratch, withScratch } from './scratch.ts';

/** A question about speed or size, and how to answer it. */
export interface Benchmark {
  readonly name: string;
  readonly title: string;
  /** How it is measured, for the README: what runs where, and what is checked. */
  readonly how: string;
  /** About how long one run takes. */
  readonly secondsPerRun: number;
  /** Takes so long that it runs only by name or with `--full`. */
  readonly onlyWhenAsked?: boolean;
  run(bench: Bench): Promise<void>;
}

/** What a benchmark works with. */
export interface Bench {
  readonly full: boolean;
  /** Lives as long as the benchmark: servers that several comparisons share. */
  readonly scratch: Scratch;
  /** Measures the variants of a comparison in turn, run for run, beginning with another each time. */
  compare(comparison: Comparison): Promise<void>;
}

export interface Comparison {
  readonly title: string;
  /** What is measured, in its unit, and which way is better. */
  readonly figures: Readonly<Record<string, 'more' | 'less'>>;
  /** The first is ours: the others stand beside it. */
  readonly variants: Readonly<Record<string, Measure>>;
  readonly targets?: readonly Target[];
}

/**
 * Measures once, on files and processes of its own.
 *
 * @returns a number for each figure of the comparison
 * @throws Unavailable when it cannot be run here
 * @throws when an order was lost, doubled or answered with an error
 */
export type Measure = (scratch: Scratch) => Promise<Readonly<Record<string, number>>>;

/** A bound on the median of a variant, or on its ratio to the median of another one. */
export interface Target {
  readonly of: string;
  readonly beside?: string;
  readonly figure: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Something that is missing on this machine; the message says what. */
export class Unavailable extends Error {}

export interface Result {
  readonly title: string;
  readonly figures: Comparison['figures'];
  readonly variants: Readonly<Record<string, VariantResult>>;
  readonly targets: readonly TargetResult[];
}

export interface VariantResult {
  /** By figure, in the order of the runs. */
  readonly values: Readonly<Record<string, readonly number[]>>;
  readonly unavailable?: string;
}

export interface TargetResult extends Target {
  readonly value: number | null;
  readonly met: boolean | null;
}

/** @param tell - for progress */
export async function compareInTurn(
  { title, figures, variants, targets = [] }: Comparison,
  runs: number,
  tell: (text: string) => void,
): Promise<Result> {
  const names = Object.keys(variants);
  const values = Object.fromEntries(names.map((name) => [name, emptyValues(figures)]));
  const missing = new Map<string, string>();
  for (let run = 0; run < runs; run += 1) {
    for (const name of rotated(names, run)) {
      if (missing.has(name)) continue;
      const measured = await withScratch(variants[name] as Measure).catch((error) => {
        if (!(error instanceof Unavailable)) throw failed(`${title}: ${name}`, error);
        missing.set(name, error.message);
      });
      if (!measured) continue;
      for (const figure of Object.keys(figures)) {
        const value = measured[figure];
        if (value === undefined || !Number.isFinite(value)) {
          throw new Error(`${title}: ${name} has no "${figure}"`);
        }
        values[name]?.[figure]?.push(value);
      }
      const text = Object.entries(measured).map(([figure, value]) => `${round(value)} ${figure}`);
      tell(`  ${title}, run ${run + 1} of ${runs}: ${name}: ${text.join(', ')}`);
    }
  }
  for (const [name, reason] of missing) tell(`  ${title}: ${name} left out: ${reason}`);
  const measured = Object.fromEntries(
    names.map((name) => {
      const unavailable = missing.get(name);
      return [name, { values: values[name] ?? {}, ...(unavailable && { unavailable }) }];
    }),
  );
  return {
    title,
    figures,
    variants: measured,
    targets: targets.map((one) => judge(one, measured)),
  };
}

function judge(target: Target, variants: Result['variants']): TargetResult {
  const of = (name: string) => median(variants[name]?.values[target.figure] ?? []);
  const value =
    target.beside === undefined ? of(target.of) : divided(of(target.of), of(target.beside));
  if (value === null) return { ...target, value, met: null };
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
  return { ...target, value, met: value >= atLeast && value <= atMost };
}

function divided(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a / b;
}

function emptyValues(figures: Comparison['figures']): Record<string, number[]> {
  return Object.fromEntries(Object.keys(figures).map((figure) => [figure, []]));
}

function rotated<T>(all: readonly T[], by: number): T[] {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

function failed(what: string, error: unknown): Error {
  return new Error(`${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
}

function round(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}
