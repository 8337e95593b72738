import { sql } from 'kysely';

import { claimable } from './claimable.ts';
import type { Change, CounterRow } from './counters.ts';
import { rowsOf, statement } from './statement.ts';
import type { Writing } from './writing.ts';

/** Orders with neighbouring seqs are counted together, so many at a time. */
export const blockSize = 1024;

export function blockOf(seq: number): number {
  return Math.floor(seq / blockSize);
}

/** Notes that an order can be claimed from now on: whoever makes it so calls this. */
export function joinQueue({ queue }: Pick<Writing, 'queue'>, seq: number): void {
  queue.set(blockOf(seq), (queue.get(blockOf(seq)) ?? 0) + 1);
}

/** Notes that an order cannot be claimed any more. */
export function leaveQueue({ queue }: Pick<Writing, 'queue'>, seq: number): void {
  queue.set(blockOf(seq), (queue.get(blockOf(seq)) ?? 0) - 1);
}

/** By how much the blocks change that a transaction has had orders join and leave. */
export function changedBlocks({ queue }: Writing): Change[] {
  const changes: Change[] = [];
  for (const [part, orders] of queue) {
    if (orders !== 0) changes.push({ counter: 'queue', part, orders, ms: 0 });
  }
  return changes;
}

/**
 * Forgets blocks that are done.
 *
 * @param changed - as they are now, among other counters
 */
export async function tidyBlocks(writing: Writing, changed: readonly CounterRow[]): Promise<void> {
  const { queue } = writing;
  const blocks = changed.filter(({ counter }) => counter === 'queue');
  const done: BlockKey[] = blocks.filter(({ orders }) => orders === 0);
  const begins = blocks.some(({ part, orders }) => orders !== 0 && orders === queue.get(part));
  if (begins) done.push(...(await findDone(writing)));
  if (done.length > 0) await removeBlocks(writing, { blocks: done });
}

type BlockRow = Omit<CounterRow, 'counter'>;
type BlockKey = Pick<BlockRow, 'part' | 'slot'>;

/**
 * Orders may leave by another slot than that by which they joined: then it is the sum of a block
 * that is nothing. Rows whose sum is nothing can go whatever others do meanwhile. Looked for when a
 * transaction is the first of its slot in a block: rarely while orders pile up or are drained, and of
 * a queue that is empty time and again there is little to look at. A statement of its own: as a part
 * of the one that removes them PostgreSQL would do it again for each row that was changed meanwhile,
 * with another sum each time.
 */
async function findDone(writing: Writing): Promise<BlockKey[]> {
  const { rows } = await lockBehind(writing, {});
  return [...Map.groupBy(rows, ({ part }) => part).values()]
    .filter((block) => block.reduce((sum, { orders }) => sum + orders, 0) === 0)
    .flat();
}

const lockBehind = statement(
  {},
  (_, { locks, inTheQueue }) => sql<BlockRow>`
    select part, slot, orders from counters
    where counter = 'queue' and part < (
      select min(seq) from orders where ${claimable} and ${inTheQueue()}) / ${sql.lit(blockSize)}
    ${locks.unlocked}`,
);

// The first condition on the part leads PostgreSQL to the rows by the index, whatever it expects.
const removeBlocks = statement(
  { blocks: rowsOf({ part: 'integer', slot: 'integer' }) },
  ({ blocks }, { among }) => sql`
    delete from counters
    where counter = 'queue' and part ${among(sql`select part from ${blocks} as done`)}
      and (part, slot) in (select part, slot from ${blocks} as done)`,
);
