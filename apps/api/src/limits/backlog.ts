import { countPending, type Database } from '@orders/db';
import { Problem } from '../problems.ts';

/** Keeps the queue from growing until the disk is full. */
export interface Backlog {
  /**
   * Has orders placed where there is room for all of them.
   *
   * @throws Problem where there is none, and any error of `place`
   */
  admit<T>(orders: number, place: () => Promise<T>): Promise<T>;
}

/** How long a count is relied on at most, in milliseconds: others place orders, too. */
const staleMs = 1000;
/** What part of the room may be taken before it is measured anew. */
const portion = 10;

/**
 * Counts what is pending no more often than needed: while there is plenty of room, once a second;
 * close to the limit before every order. Processes that place orders at the same moment do not
 * know of each other: with several the limit may be passed by what they have in hand.
 *
 * @param now - for tests: a clock that is never set back, in milliseconds
 */
export function createBacklog(
  database: Database,
  mostPending: number,
  now: () => number = () => performance.now(),
): Backlog {
  /** What there was room for when it was measured, and what was admitted since. */
  let room = 0;
  let admitted = 0;
  let measuredAt = Number.NEGATIVE_INFINITY;
  let inHand = 0;
  let measuring: Promise<void> | undefined;

  /** Meanwhile nobody is admitted: all wait for it. */
  async function measure(): Promise<void> {
    measuredAt = Number.NEGATIVE_INFINITY;
    // What is in hand may be in the count already; that it takes up room twice does no harm.
    const taken = inHand;
    room = mostPending - (await countPending(database)) - taken;
    admitted = 0;
    measuredAt = now();
  }

  function isKnown(orders: number): boolean {
    return now() - measuredAt <= staleMs && (admitted + orders) * portion <= room;
  }

  return {
    async admit(orders, place) {
      if (!isKnown(orders)) {
        measuring ??= measure().finally(() => {
          measuring = undefined;
        });
        await measuring;
      }
      if (admitted + orders > room) {
        const headers = { 'Retry-After': '5' };
        throw new Problem('queue-full', `${mostPending} orders are pending`, { headers });
      }
      admitted += orders;
      inHand += orders;
      try {
        return await place();
      } finally {
        inHand -= orders;
      }
    },
  };
}
