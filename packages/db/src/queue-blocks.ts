import { sql } from 'kysely';

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

/** Writes down how many orders joined and left the queue in a transaction. */
export async function writeQueue(writing: Writing): Promise<void> {
  const changes = Array.from(writing.queue, ([block, change]) => ({ block, change }));
  const joined = changes.filter(({ change }) => change > 0);
  if (joined.length > 0) await add(writing, { blocks: joined });
  const left = changes.filter(({ change }) => change < 0);
  if (left.length === 0) return;
  const { rows } = await subtract(writing, { blocks: left });
  const empty = rows.filter(({ orders }) => orders === 0);
  if (empty.length > 0) await remove(writing, { blocks: empty });
}

const blocks = { block: 'integer', change: 'integer' } as const;

const add = statement(
  { blocks: rowsOf(blocks) },
  ({ blocks }) => sql`
    insert into queue_blocks (block, orders) select block, change from ${blocks} as joined where true
    on conflict (block) do update set orders = queue_blocks.orders + excluded.orders`,
);

const subtract = statement(
  { blocks: rowsOf(blocks) },
  ({ blocks }) => sql<{ block: number; orders: number }>`
    update queue_blocks set orders = queue_blocks.orders + departed.change
    from ${blocks} as departed where queue_blocks.block = departed.block
    returning queue_blocks.block, queue_blocks.orders`,
);

// A queue moves on: its empty blocks would pile up behind it.
const remove = statement(
  { blocks: rowsOf({ block: 'integer' }) },
  ({ blocks }) => sql`
    delete from queue_blocks where orders = 0 and block in (select block from ${blocks} as empty)`,
);
