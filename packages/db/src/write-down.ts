import {
  type BlockRow,
  blocksShape,
  changeBlocks,
  changedBlocks,
  tidyBlocks,
} from './queue-blocks.ts';
import { statement } from './statement.ts';
import {
  addDurations,
  addEnds,
  appendRuns,
  isWork,
  moveCounts,
  shapes,
  sumUp,
} from './transitions.ts';
import type { Writing } from './writing.ts';

/**
 * Writes history, counters and histograms for all that a transaction has noted, and who joined and
 * left the queue: in one statement, or in up to five, however much happened. Because this is the
 * one place that does, they cannot disagree.
 */
export async function writeDown(writing: Writing): Promise<void> {
  const { transitions, news, phrases } = writing;
  const noted = { ...sumUp(writing), blocks: changedBlocks(writing) };
  if (transitions.length === 0 && noted.blocks.length === 0) return;
  if (transitions.length > 0) news.add('events');
  if (transitions.some(isWork)) news.add('work');
  const { rows } = await (phrases.allAtOnce ? writeAll : writeEach)(writing, noted);
  await tidyBlocks(writing, rows);
}

type Noted = ReturnType<typeof sumUp> & { readonly blocks: ReturnType<typeof changedBlocks> };

const all = { ...shapes, blocks: blocksShape };

const writeAll = statement(all, (given, { allAtOnce }) => {
  const steps = [appendRuns, moveCounts, addEnds, addDurations, changeBlocks];
  return allAtOnce?.(steps.map((step) => step(given))) as ReturnType<typeof changeBlocks>;
});

/** What there is nothing of costs nothing. */
async function writeEach(
  writing: Writing,
  { now, runs, counts, ends, durations, blocks }: Noted,
): Promise<{ rows: BlockRow[] }> {
  if (runs.length > 0) await writeRuns(writing, { now, runs });
  if (counts.length > 0) await writeCounts(writing, { counts });
  if (ends.length > 0) await writeEnds(writing, { ends });
  if (durations.length > 0) await writeDurations(writing, { durations });
  return blocks.length > 0 ? writeBlocks(writing, { blocks }) : { rows: [] };
}

const writeRuns = statement({ now: shapes.now, runs: shapes.runs }, appendRuns);
export const writeCounts = statement({ counts: shapes.counts }, moveCounts);
const writeEnds = statement({ ends: shapes.ends }, addEnds);
const writeDurations = statement({ durations: shapes.durations }, addDurations);
const writeBlocks = statement({ blocks: blocksShape }, changeBlocks);
