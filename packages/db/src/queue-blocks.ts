import { type RawBuilder, type Selectable, sql } from 'kysely';

import { claimable } from './claimable.ts';
import type { QueueBlocksTable } from './schema.ts';
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
export function changedBlocks({ queue, slot }: Writing) {
  return [...queue].flatMap(([block, change]) => (change === 0 ? [] : [{ block, slot, change }]));
}

export const blocksShape = rowsOf({ block: 'integer', slot: 'integer', change: 'integer' });

export const changeBlocks = ({ blocks }: { readonly blocks: RawBuilder<unknown> }) => sql<BlockRow>`
  insert into queue_blocks (block, slot, orders)
  select block, slot, change from ${blocks} as moved where true
  on conflict (block, slot) do update set orders = queue_blocks.orders + excluded.orders
  returning block, slot, orders`;

export type BlockRow = Selectable<QueueBlocksTable>;

/**
 * Forgets blocks that are done.
 *
 * @param changed - as they are now
 */
export async function tidyBlocks(writing: Writing, changed: readonly BlockRow[]): Promise<void> {
  const { queue } = writing;
  const done: BlockKey[] = changed.filter(({ orders }) => orders === 0);
  const begins = changed.some(({ block, orders }) => orders !== 0 && orders === queue.get(block));
  if (begins) done.push(...(await findDone(writing)));
  if (done.length > 0) await removeBlocks(writing, { blocks: done });
}

type BlockKey = Pick<BlockRow, 'block' | 'slot'>;

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
  return [...Map.groupBy(rows, ({ block }) => block).values()]
    .filter((block) => block.reduce((sum, { orders }) => sum + orders, 0) === 0)
    .flat();
}

const lockBehind = statement(
  {},
  (_, { locks, inTheQueue }) => sql<BlockRow>`
    select block, slot, orders from queue_blocks
    where block < (
      select min(seq) from orders where ${claimable} and ${inTheQueue()}) / ${sql.lit(blockSize)}
    ${locks.unlocked}`,
);

const removeBlocks = statement(
  { blocks: rowsOf({ block: 'integer', slot: 'integer' }) },
  ({ blocks }) => sql`
    delete from queue_blocks where (block, slot) in (select block, slot from ${blocks} as done)`,
);
