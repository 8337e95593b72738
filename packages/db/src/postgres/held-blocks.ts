import { type Kysely, type RawBuilder, sql } from 'kysely';

import type { Schema } from '../schema.ts';

/** Orders with neighbouring seqs are counted together, so many at a time. */
const blockSize = 1024;

/**
 * The condition of all orders that workers hold, or some workers, and where they are. No index says
 * so, since every claim would have to write it, and with it an entry into every other index (see
 * 004-lean.ts). A table does: how many orders each worker holds in each block. Of such a block
 * those that have not ended are looked at.
 *
 * @param workers - names in a list
 */
export function inHand(workers?: RawBuilder<unknown>): RawBuilder<boolean> {
  return sql`finished_at is null and seq = any (array(
    select held.seq from (
      select distinct block from held_blocks
      where ${workers === undefined ? sql`true` : sql`worker in (${workers})`}) as one
    cross join lateral (
      select seq from orders where finished_at is null and not_before is null
        and seq >= one.block * ${sql.lit(blockSize)}
        and seq < (one.block + 1) * ${sql.lit(blockSize)}
        and status = 'PROCESSING') as held))`;
}

/** Makes the table what it should be. */
export async function recountClaims(db: Kysely<Schema>): Promise<void> {
  await sql`delete from held_blocks`.execute(db);
  await sql`insert into held_blocks (worker, block, orders) ${heldBlocks}`.execute(db);
}

/** What of the table is not as it should be, in words. */
export async function findMiscounted(reader: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ worker: string; block: number; kept: number; found: number }>`
    select worker, block, coalesce(kept.orders, 0) as kept, coalesce(found.orders, 0) as found
    from held_blocks as kept (worker, block, orders)
      full join (${heldBlocks}) as found (worker, block, orders) using (worker, block)
    where kept.orders is distinct from found.orders order by worker, block limit 10
  `.execute(reader);
  return rows.map(
    ({ worker, block, kept, found }) =>
      `${worker} holds ${found} orders of block ${block}, kept as ${kept}`,
  );
}

/** By the orders: looks at all that have not ended. */
const heldBlocks = sql`
  select claimed_by, seq / ${sql.lit(blockSize)}, count(*) from orders
  where finished_at is null and not_before is null and status = 'PROCESSING' group by 1, 2`;
