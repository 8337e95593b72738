import { type Kysely, sql } from 'kysely';

import { type Database, numberedTo, read, readableTo } from './database.ts';
import { BeyondFeed } from './errors.ts';
import { lastIdOf, runOf } from './event-runs.ts';
import { historyOf, type OrderEvent } from './history.ts';
import { atMost } from './limit.ts';
import { findRow, visibleTo } from './orders.ts';
import type { OrderStatus, Schema, TransitionType } from './schema.ts';

/** One thing that happened to one of all orders. */
export interface FeedEvent extends OrderEvent {
  readonly orderId: string;
  /** Who ordered. */
  readonly userId: string;
  /** How the order stood after it. */
  readonly status: OrderStatus;
}

export interface EventPage {
  /** In the order of their ids. */
  readonly events: readonly FeedEvent[];
  /** Every event up to this id has been looked at, and none will come below it any more. */
  readonly readTo: number;
}

/**
 * Reads the feed of all orders behind an event. Whoever goes on from `readTo` meets every event
 * once, in the order of the ids, however many write at the same time. At the end of the feed
 * `readTo` is `after`.
 *
 * @param limit - events in a page at the most
 * @param types - only events of these types
 * @param ofUser - only events of this user's orders. With either a page may be empty before the
 *   end, since one call looks at no more than 1,000 runs of events
 * @throws DatabaseUnavailable
 * @throws BeyondFeed when no reader of this feed can have come to `after`
 */
export function readEvents(
  database: Database,
  after: number,
  limit: number,
  types?: readonly TransitionType[],
  ofUser?: string,
): Promise<EventPage> {
  return readFeed(database, after, async (snapshot, end) => {
    const isFiltered = types !== undefined || ofUser !== undefined;
    const first = runOf(after);
    const upTo = isFiltered ? Math.min(end, lastIdOf(first + maxFiltered)) : end;
    const rows = await snapshot
      .selectFrom('event_runs as run')
      .innerJoin('orders', (join) => join.on(isOfRun))
      .select([eventId.as('id'), 'run.type', 'run.at', 'run.attempt', 'run.worker'])
      .select(['run.detail', 'orders.order_id as orderId', 'orders.user_id as userId'])
      .where('run.run', '>=', first)
      .where('run.run', '<=', runOf(upTo))
      .where(eventId, '>', after)
      .$if(types !== undefined, (query) => query.where('run.type', 'in', types ?? []))
      // An expression, which no index fits: the events say which orders are looked at.
      .$if(ofUser !== undefined, (query) =>
        query.where(sql<boolean>`orders.user_id || '' = ${ofUser}`),
      )
      .orderBy('run.run')
      .orderBy('orders.seq')
      .limit(atMost(limit))
      .execute();
    const events = rows.map((row) => ({ ...row, status: statusAfter[row.type] }));
    const readTo = events.length === limit ? events.at(-1)?.id : upTo;
    return { events, readTo: Math.max(after, readTo ?? after) };
  });
}

/** The id from which on `readEvents` reads what happens from now on. @throws DatabaseUnavailable */
export function endOfEvents(database: Database): Promise<number> {
  return readableTo(database);
}

/**
 * Reads what happened to one order behind an event; everything when that is 0. Nothing at all
 * happened to an order that is unknown.
 *
 * @param ofUser - where given, an order of somebody else is as unknown as one that never was
 * @throws DatabaseUnavailable
 * @throws BeyondFeed as `readEvents`
 */
export function readEventsOfOrder(
  database: Database,
  orderId: string,
  after: number,
  ofUser?: string,
): Promise<EventPage> {
  return readFeed(database, after, async (snapshot, end) => {
    const order = visibleTo(ofUser, await findRow(snapshot, orderId));
    const rows = order ? await historyOf(snapshot, orderId).where('id', '>', after).execute() : [];
    const userId = order?.user_id as string;
    const events = rows.map((row) => ({ ...row, orderId, userId, status: statusAfter[row.type] }));
    return { events, readTo: Math.max(after, end, events.at(-1)?.id ?? 0) };
  });
}

/** Whether nothing more happens to an order that stands so, unless somebody asks for it. */
export function hasEnded(status: OrderStatus): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELLED';
}

/** Runs that a filtered read looks at in one go: bounds how long it keeps the process busy. */
const maxFiltered = 1000;

// As in the view order_events, which no condition on the id would lead to the run.
const isOfRun = sql<boolean>`orders.seq >= run.seq and orders.seq < run.seq + run.orders`;
const eventId = sql<number>`run.run * 32 + orders.seq - run.seq`;

export const statusAfter: Record<TransitionType, OrderStatus> = {
  placed: 'PENDING',
  started: 'PROCESSING',
  completed: 'COMPLETED',
  failed: 'FAILED',
  attempt_failed: 'PENDING',
  released: 'PENDING',
  interrupted: 'PENDING',
  cancel_requested: 'PROCESSING',
  cancelled: 'CANCELLED',
  retried: 'PENDING',
};

/** The end comes first: a snapshot from before it might not have all that is below. */
async function readFeed<T>(
  database: Database,
  after: number,
  work: (snapshot: Kysely<Schema>, end: number) => Promise<T>,
): Promise<T> {
  const end = await readableTo(database);
  if (after > end && after > (await numberedTo(database))) throw new BeyondFeed(end);
  return read(database, (snapshot) => work(snapshot, end));
}
