import { type CounterRow, changeCounters, changesShape } from './counters.ts';
import { changedBlocks, tidyBlocks } from './queue-blocks.ts';
import { statement } from './statement.ts';
import { appendRuns, changesOf, isWork, newRuns, runsShape } from './transitions.ts';
import type { Writing } from './writing.ts';

/**
 * Writes history, counters and histograms for all that a transaction has noted, and who joined and
 * left the queue: in one statement, or in up to two, however much happened. Because this is the
 * one place that does, they cannot disagree.
 */
export async function writeDown(writing: Writing): Promise<void> {
  const { transitions, news, phrases, now, slot } = writing;
  const runs = newRuns(writing);
  const changes = [...changesOf(writing), ...changedBlocks(writing)];
  if (runs.length === 0 && changes.length === 0) return;
  if (transitions.length > 0) news.add('events');
  if (transitions.some(isWork)) news.add('work');
  const noted = { now, slot, runs, changes };
  const { rows } = await (phrases.allAtOnce ? writeAll : writeEach)(writing, noted);
  await tidyBlocks(writing, rows);
}

const history = { now: 'integer', runs: runsShape } as const;
const counts = { slot: 'integer', changes: changesShape } as const;

const writeAll = statement(
  { ...history, ...counts },
  (given, { allAtOnce }) =>
    allAtOnce?.([appendRuns(given), changeCounters(given)]) as ReturnType<typeof changeCounters>,
);

const writeRuns = statement(history, appendRuns);
export const writeCounters = statement(counts, changeCounters);

interface Noted {
  readonly now: number;
  readonly slot: number;
  readonly runs: ReturnType<typeof newRuns>;
  readonly changes: ReturnType<typeof changesOf>;
}

/** What there is nothing of costs nothing. */
async function writeEach(
  writing: Writing,
  { now, slot, runs, changes }: Noted,
): Promise<{ rows: CounterRow[] }> {
  if (runs.length > 0) await writeRuns(writing, { now, runs });
  return changes.length > 0 ? writeCounters(writing, { slot, changes }) : { rows: [] };
}
