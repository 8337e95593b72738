import type { OrdersClient } from '@orders/contract/client';
import { answered } from '../service.ts';
import type { OrderEvent } from './frames.ts';

/** What happened before a page was opened. */
export interface Past {
  /** Oldest first, and with none missing in between. */
  readonly events: readonly OrderEvent[];
  /** Since when none is missing, in milliseconds; 0: since ever; undefined: nothing is known. */
  readonly knownSince: number | undefined;
}

/** Events that are enough, and that a page may have. */
const enough = 1000;

/** Bounds what a feed with large gaps costs. */
const maxPages = 10;

/**
 * Reads the feed backwards from an event, until enough is known or everything since a moment. How
 * many events there are among so many ids nobody can say: it looks twice as far with each page, and
 * begins small again where there are more than a page has.
 *
 * @throws Refused
 */
export async function readPast(
  client: OrdersClient,
  lastId: number,
  sinceMs: number,
  signal: AbortSignal,
): Promise<Past> {
  let events: readonly OrderEvent[] = [];
  // Every event behind it is known.
  let after = lastId;
  let span = enough;
  // Behind the first event: those before it may be of the same moment.
  const knownSince = () => (after === 0 ? 0 : events[0] && Date.parse(events[0].at) + 1);
  const isEnough = () => events.length >= enough || (knownSince() ?? sinceMs) < sinceMs;
  for (let pages = 0; pages < maxPages && after > 0 && !isEnough(); pages += 1) {
    const upTo = after;
    const query = { after: Math.max(0, upTo - span), limit: enough };
    const page = await answered(client.GET('/events', { params: { query }, signal }));
    const isWhole = page.next_after >= upTo;
    if (isWhole) {
      events = [...page.events.filter(({ id }) => id <= upTo), ...events];
      after = query.after;
    }
    span = isWhole ? span * 2 : enough;
  }
  return { events, knownSince: knownSince() };
}
