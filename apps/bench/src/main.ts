/**
 * Runs benchmarks, prints their tables on stdout, progress on stderr, and keeps the results.
 *
 *     [--runs N] [--full] [NAME …]
 */
import { parseArgs } from 'node:util';

import { type Benchmark, compareInTurn, type Result } from './benchmark.ts';
import { benchmarks } from './benchmarks/index.ts';
import { currentCommit, describeMachine } from './machine.ts';
import { killProcesses } from './processes.ts';
import { table } from './readme.ts';
import { keepResults } from './results.ts';
import { removeScratches, withScratch } from './scratch.ts';

const tell = (text: string) => void process.stderr.write(`${text}\n`);

// Whatever ends this process, nothing that it has started goes on.
process.on('exit', () => {
  killProcesses();
  removeScratches();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => process.exit(130));
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { runs: { type: 'string', default: '5' }, full: { type: 'boolean', default: false } },
  });
  const runs = Number(values.runs);
  const unknown = positionals.filter((name) => !benchmarks.some((one) => one.name === name));
  if (unknown.length > 0 || !Number.isInteger(runs) || runs < 1) {
    for (const name of unknown) tell(`There is no benchmark ${name}. There is:`);
    if (unknown.length === 0) tell('--runs must be a whole number, 1 at least. There is:');
    for (const { name, title } of benchmarks) tell(`  ${name.padEnd(12)} ${title}`);
    return 1;
  }
  const chosen = benchmarks.filter(({ name, onlyWhenAsked = false }) =>
    positionals.length > 0 ? positionals.includes(name) : values.full || !onlyWhenAsked,
  );
  const seconds = chosen.reduce((sum, one) => sum + one.secondsPerRun * runs, 0);
  tell(`${chosen.map(({ name }) => name).join(', ')}: about ${Math.ceil(seconds / 60)} min`);

  const failed: string[] = [];
  for (const benchmark of chosen) {
    if (!(await runOne(benchmark, runs, values.full))) failed.push(benchmark.name);
  }
  if (failed.length > 0) tell(`\nFailed: ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

/** @returns whether it could be measured, and everything it measured was right */
async function runOne(benchmark: Benchmark, runs: number, full: boolean): Promise<boolean> {
  tell(`\n${benchmark.name}: ${benchmark.title}; about ${benchmark.secondsPerRun * runs} s`);
  const comparisons: Result[] = [];
  try {
    const machine = await describeMachine();
    await withScratch((scratch) =>
      benchmark.run({
        full,
        scratch,
        async compare(comparison) {
          const result = await compareInTurn(comparison, runs, tell);
          comparisons.push(result);
          process.stdout.write(`\n${benchmark.name}: ${result.title}\n${table(result)}\n`);
          for (const { of, beside, figure, atLeast, atMost, value, met } of result.targets) {
            const what = beside === undefined ? of : `${of} beside ${beside}`;
            const wanted = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
            const outcome = met === null ? 'not measured' : met ? 'met' : 'NOT MET';
            process.stdout.write(
              `${what}, ${figure}: ${value?.toPrecision(3)}, ${wanted}: ${outcome}\n`,
            );
          }
        },
      }),
    );
    const facts = { commit: currentCommit(), date: new Date().toISOString(), runs, machine };
    keepResults(benchmark.name, { ...facts, comparisons }, benchmarks);
    return true;
  } catch (error) {
    tell(`${benchmark.name} failed: ${error instanceof Error ? error.stack : error}`);
    return false;
  }
}
