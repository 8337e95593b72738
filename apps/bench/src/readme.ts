import type { Benchmark, Result, TargetResult } from './benchmark.ts';
import { median } from './figures.ts';
import type { Entry, Results } from './results.ts';

/** The README: how to run it, what was to be reached, what people wrote, and each benchmark. */
export function describe(
  benchmarks: readonly Benchmark[],
  results: Results,
  notes: string,
): string {
  const measured = benchmarks.flatMap((benchmark) => {
    const entry = results[benchmark.name];
    return entry ? [{ benchmark, entry }] : [];
  });
  return `${[
    '<!-- Made by `npm run bench` from results.json and notes.md; write into notes.md. -->',
    '# Benchmarks',
    'Ours beside others, measured in turn within one run on one machine, fsync behind every ' +
      'accepted order. Ratios count; absolute figures are those of this machine.',
    ...targetTable(measured.flatMap(({ entry }) => entry.comparisons)),
    notes.trim(),
    ...measured.flatMap(({ benchmark, entry }) => section(benchmark, entry)),
  ].join('\n\n')}\n`;
}

function targetTable(comparisons: readonly Result[]): string[] {
  const rows = comparisons.flatMap(({ title, targets }) =>
    targets.map(
      (target) => `| ${title} | ${says(target)} | ${bound(target)} | ${outcome(target)} |`,
    ),
  );
  if (rows.length === 0) return [];
  return [
    '## What it must show',
    ['| what | which | bound | measured |', '|---|---|---|---|', ...rows].join('\n'),
  ];
}

function says({ of, beside, figure }: TargetResult): string {
  return beside === undefined ? `${of}: ${figure}` : `${of} beside ${beside}: ${figure}`;
}

function bound({ atLeast, atMost }: TargetResult): string {
  return atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
}

function outcome({ value, met }: TargetResult): string {
  if (value === null) return 'could not be measured here';
  return `${short(value)}, ${met ? 'met' : '**not met**'}`;
}

function section({ title, how }: Benchmark, entry: Entry): string[] {
  const { machine } = entry;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `## ${title}`,
    how,
    ...entry.comparisons.flatMap((one) => [`**${one.title}**`, table(one)]),
    `<sub>${entry.date.slice(0, 10)}, commit ${entry.commit}, ${entry.runs} runs; ${machine.cpu}, ` +
      `${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, fsync ` +
      `${machine.syncMs} ms; ${versions.join(', ')}</sub>`,
  ];
}

/** A Markdown table of medians and spreads, and how the first variant stands beside each. */
export function table({ figures, variants }: Result): string {
  const [ours] = Object.keys(variants);
  const rows = Object.entries(variants).flatMap(([name, { values, unavailable }]) =>
    Object.entries(figures).map(([figure, better]) => {
      const middle = median(values[figure] ?? []);
      if (middle === null) return [name, figure, `left out: ${unavailable}`, '', ''];
      const first = median(variants[ours as string]?.values[figure] ?? []);
      const all = values[figure] as readonly number[];
      const spread = `${short(Math.min(...all))} – ${short(Math.max(...all))}`;
      const ratio = name === ours || first === null ? '' : times(first, middle, better);
      return [name, figure, short(middle), spread, ratio];
    }),
  );
  const head = ['', 'figure', 'median', 'min – max', `${ours} is`];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function times(ours: number, other: number, better: 'more' | 'less'): string {
  const ratio = better === 'more' ? ours / other : other / ours;
  return Number.isFinite(ratio)
    ? `${short(ratio)} times as ${better === 'more' ? 'much' : 'good'}`
    : '';
}

export function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value >= 1000 ? 4 : 3 });
}
