import { type Kysely, sql } from 'kysely';

import { claimable } from './claimable.ts';
import { type Database, read } from './database.ts';
import { findRow, type Order, toOrder, visibleTo } from './orders.ts';
import type { Phrases } from './phrases.ts';
import { blockOf, blockSize } from './queue-blocks.ts';
import type { Schema } from './schema.ts';

/** Where an order stands in the queue, and when its turn may come. */
export interface QueuePlace {
  /** 1: the next to be claimed. null unless the order can be claimed now. */
  readonly position: number | null;
  /**
   * If orders go on being started as they were during the last minute; milliseconds since
   * 1970-01-01 UTC. null without a position, without a live worker, or when none was started.
   */
  readonly estimatedStartAt: number | null;
}

/**
 * The order with this id, as last committed, and its place in the queue at the same moment;
 * undefined when there is none.
 *
 * The position is exact: the orders that can be claimed now and were accepted before, and this
 * one. It is the sum of the counters of whole blocks (see queue-blocks.ts) and a count within one
 * block, so a thousandth of the queue is read at the most.
 *
 * @param ofUser - where given, an order of somebody else is as unknown as one that never was
 * @throws DatabaseUnavailable
 */
export function findOrderAndPlace(
  database: Database,
  orderId: string,
  ofUser?: string,
): Promise<{ order: Order; place: QueuePlace } | undefined> {
  return read(database, async (snapshot) => {
    const row = visibleTo(ofUser, await findRow(snapshot, orderId));
    if (row === undefined) return undefined;
    const order = toOrder(row);
    if (order.status !== 'PENDING' || order.notBefore !== null) return { order, place: nowhere };
    const { now } = await database.startOf(snapshot);
    const position = await positionOf(snapshot, order.seq);
    const estimatedStartAt = await estimate(snapshot, database.phrases, position, now);
    return { order, place: { position, estimatedStartAt } };
  });
}

const nowhere: QueuePlace = { position: null, estimatedStartAt: null };

async function positionOf(snapshot: Kysely<Schema>, seq: number): Promise<number> {
  const block = blockOf(seq);
  const { rows } = await sql<{ position: number }>`
    select coalesce((
        select sum(orders) from counters where counter = 'queue' and part < ${block}), 0)
      + (select count(*) from orders
          where ${claimable} and seq >= ${block * blockSize} and seq <= ${seq}) as position
  `.execute(snapshot);
  return rows[0]?.position as number;
}

/** Starts that are looked at; more would say the same. */
const maxStarts = 100;
const recentMs = 60_000;

/**
 * Who is first in the queue is started first, so the latest starts are found with the orders in
 * hand and with those that were accepted last of the ended ones: no list of starts is kept.
 */
async function estimate(
  snapshot: Kysely<Schema>,
  { inHand, endedAs }: Phrases,
  position: number,
  now: number,
): Promise<number | null> {
  const { rows } = await sql<{ starts: number; since: number | null }>`
    select count(*) as starts, min(started_at) as since from (
      select started_at from (
        select * from (select started_at from orders where status = 'PROCESSING'
          and ${inHand()} order by seq desc limit ${sql.lit(maxStarts)}) as running
        union all
        select * from (select started_at from orders where ${endedAs} = 'COMPLETED'
          order by placed_at desc, seq desc limit ${sql.lit(maxStarts)}) as completed
        union all
        select * from (select started_at from orders where ${endedAs} = 'FAILED'
          order by placed_at desc, seq desc limit ${sql.lit(maxStarts)}) as failed) as latest
      where started_at > ${now - recentMs} order by started_at desc limit ${sql.lit(maxStarts)}) as recent
    where exists (select 1 from workers where alive_until > ${now})
  `.execute(snapshot);
  const { starts = 0, since = null } = rows[0] ?? {};
  if (since === null) return null;
  const msPerStart = Math.max(0, now - since) / starts;
  return now + Math.round(position * msPerStart);
}
