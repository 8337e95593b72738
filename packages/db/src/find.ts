import { type Kysely, type Selectable, type SelectQueryBuilder, sql } from 'kysely';

import { type Database, read } from './database.ts';
import { atMost } from './limit.ts';
import { type Order, toOrder } from './orders.ts';
import type { Phrases } from './phrases.ts';
import type { EndStatus, OrderStatus, OrdersTable, Schema } from './schema.ts';

/** Which orders are wanted. Times are milliseconds since 1970-01-01 UTC. */
export interface OrderFilter {
  readonly status?: OrderStatus | undefined;
  readonly userId?: string | undefined;
  /** Accepted at this moment or later. */
  readonly placedFrom?: number | undefined;
  /** Accepted before this moment. */
  readonly placedTo?: number | undefined;
}

/** A place in the list: right behind this order, whether or not the filter lets it through. */
export interface ListPlace {
  readonly placedAt: number;
  readonly seq: number;
}

/** How many orders of a user are looked at for one page of those in a certain status. */
const maxLookedAt = 1000;

/**
 * The newest orders that the filter lets through, newest first: by the moment of acceptance, and
 * in the order of acceptance within one. Every page costs the same, whichever one it is and
 * however many orders there are.
 *
 * Not by `seq` alone, though it grows with time: where a clock was set back it does not, and only
 * this order lets an index find both what follows and what a range of time holds.
 *
 * @param after - where the page before ended
 * @returns up to `limit` orders, and where the next page begins; null when none follows. Only of a
 *   user's pending or completed orders may there be fewer than `limit`, even none, and yet a next
 *   page: when a thousand of the user's orders were looked at
 * @throws DatabaseUnavailable
 */
export function findOrders(
  database: Database,
  filter: OrderFilter,
  limit: number,
  after?: ListPlace,
): Promise<{ orders: Order[]; next: ListPlace | null }> {
  return read(database, async (snapshot) => {
    const walk = walksUser(filter);
    const range = walk ? await rangeToWalk(snapshot, database.phrases, filter) : filter;
    const found: Found[] = [];
    for (const shelf of shelvesFor(snapshot, database.phrases, filter)) {
      // One more than wanted tells whether there is more.
      found.push(...(await newestOn(shelf, range, walk ? maxLookedAt : limit + 1, after)));
    }
    const fits = found
      .filter(({ status }) => filter.status === undefined || status === filter.status)
      .toSorted((a, b) => b.placedAt - a.placedAt || b.seq - a.seq);
    const page = fits.slice(0, limit);
    const mayFollow = walk && found.length === maxLookedAt;
    const next = fits.length > limit ? page.at(-1) : mayFollow ? found.at(-1) : undefined;
    return { orders: await readOrders(snapshot, database.phrases, page), next: next ?? null };
  });
}

interface Found extends ListPlace {
  readonly status: OrderStatus;
}

/** Orders that an index keeps by their moment of acceptance. */
type Shelf = SelectQueryBuilder<Schema, 'orders', Found>;

/** Whether there is no index for the question, and the user's orders in any status are walked. */
function walksUser({ status, userId }: OrderFilter): boolean {
  return userId !== undefined && (status === 'PENDING' || status === 'COMPLETED');
}

/**
 * Disjoint shelves that together hold what the filter asks for, times aside; each has an index of
 * its own, or is what workers have in hand, and sorted. Literals, not parameters: only then does
 * the planner see which partial index fits, and that the others do not.
 */
function shelvesFor(
  snapshot: Kysely<Schema>,
  { inHand, endedAs }: Phrases,
  { status, userId }: OrderFilter,
): Shelf[] {
  const ended = (as: EndStatus) => sql<boolean>`${endedAs} = ${sql.lit(as)}`;
  const unfulfilled = sql<boolean>`finished_at is not null and ${endedAs} <> 'COMPLETED'`;
  const all = snapshot.selectFrom('orders').select(['seq', 'placed_at as placedAt', 'status']);
  if (userId === undefined) {
    // Besides what is pending there is only what is in hand.
    if (status === 'PENDING') return [all.where(open).where('status', '=', status)];
    if (status === 'PROCESSING') return [all.where(inProcess).where(inHand())];
    if (status !== undefined) return [all.where(ended(status))];
    return [open, ended('COMPLETED'), ended('FAILED'), ended('CANCELLED')].map((which) =>
      all.where(which),
    );
  }
  const ofUser = all.where('user_id', '=', userId);
  // An expression, which no index fits: what is in hand is less than what the user ever ordered.
  if (status === 'PROCESSING') {
    const held = all.where(inProcess).where(inHand());
    return [held.where(sql<boolean>`user_id || '' = ${userId}`)];
  }
  if (status === 'FAILED' || status === 'CANCELLED') {
    // A parameter: the indexes of all that ended so do not fit it.
    return [ofUser.where(unfulfilled).where(sql<boolean>`${endedAs} = ${status}`)];
  }
  return [ofUser];
}

const open = sql<boolean>`finished_at is null`;
const inProcess = sql<boolean>`status = 'PROCESSING'`;

/** The filter's range of time, as far as there are orders, of any user, in its status. */
async function rangeToWalk(
  snapshot: Kysely<Schema>,
  phrases: Phrases,
  filter: OrderFilter,
): Promise<OrderFilter> {
  const [shelf] = shelvesFor(snapshot, phrases, { status: filter.status });
  const edge = async (direction: 'asc' | 'desc') =>
    (await shelf?.orderBy('placed_at', direction).limit(1).executeTakeFirst())?.placedAt ?? 0;
  return {
    userId: filter.userId,
    placedFrom: Math.max(await edge('asc'), filter.placedFrom ?? 0),
    placedTo: Math.min((await edge('desc')) + 1, filter.placedTo ?? Infinity),
  };
}

/**
 * Two reads, because SQLite does not search an index by `(placed_at, seq) < (?, ?)`, only by its
 * first part: the rest of the millisecond that the page before ended in, in which many thousands
 * may have been accepted, and what is older.
 */
async function newestOn(
  shelf: Shelf,
  { placedFrom, placedTo }: OrderFilter,
  wanted: number,
  after: ListPlace | undefined,
): Promise<Found[]> {
  const newest = shelf.orderBy('placed_at', 'desc').orderBy('seq', 'desc');
  const sameMoment = after
    ? await newest
        .where('placed_at', '=', after.placedAt)
        .where('seq', '<', after.seq)
        .limit(atMost(wanted))
        .execute()
    : [];
  if (sameMoment.length === wanted) return sameMoment;
  // One bound on each side: given two, SQLite might search by the one that is further off.
  const before = Math.min(after?.placedAt ?? Infinity, placedTo ?? Infinity);
  let older = newest.limit(atMost(wanted - sameMoment.length));
  if (placedFrom !== undefined) older = older.where('placed_at', '>=', placedFrom);
  if (before < Infinity) older = older.where('placed_at', '<', before);
  return [...sameMoment, ...(await older.execute())];
}

/** The whole orders, in the order given. */
async function readOrders(
  snapshot: Kysely<Schema>,
  { among, rows: rowsOf }: Phrases,
  page: readonly Found[],
): Promise<Order[]> {
  if (page.length === 0) return [];
  const seqs = JSON.stringify(page.map(({ seq }) => [seq]));
  const { rows } = await sql<Selectable<OrdersTable>>`
    select * from orders
    where seq ${among(sql`select seq from ${rowsOf({ seq: 'integer' }, sql.val(seqs))} as page`)}
  `.execute(snapshot);
  const orders = new Map(rows.map((row) => [row.seq, toOrder(row)]));
  return page.map(({ seq }) => orders.get(seq) as Order);
}
