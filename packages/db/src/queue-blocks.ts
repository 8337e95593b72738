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
  const empty = changed.filter(({ orders }) => orders === 0);
  if (empty.length > 0) await removeEmpty(writing, { blocks: empty });
  const begins = changed.some(({ block, orders }) => orders !== 0 && orders === queue.get(block));
  if (begins) await removeDone(writing, {});
}

// A queue moves on: its empty blocks would pile up behind it.
const removeEmpty = statement(
  { blocks: rowsOf({ block: 'integer', slot: 'integer' }) },
  ({ blocks }) => sql`
    delete from queue_blocks where orders = 0
      and (block, slot) in (select block, slot from ${blocks} as empty)`,
);

/**
 * Orders may leave by another slot than that by which they joined: then it is the sum of a block
 * that is nothing. Rows whose sum is nothing can go whatever others do meanwhile. Done when a
 * transaction is the first of its slot in a block: rarely while orders pile up or are drained, and of
 * a queue that is empty time and again there is little to look at.
 */
const removeDone = statement(
  {},
  (_, { locks, inTheQueue }) => sql`
    with behind as materialized (
      select block, slot, orders from queue_blocks
      where block < (
        select min(seq) from orders where ${claimable} and ${inTheQueue()}) / ${sql.lit(blockSize)}
      ${locks.unlocked})
    delete from queue_blocks
    where (block, slot) in (select block, slot from behind)
      and block in (select block from behind group by block having sum(orders) = 0)`,
);
