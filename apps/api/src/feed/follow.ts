import { once } from 'node:events';
import { type EventPage, type FeedEvent, hasEnded } from '@orders/db';
import type { Response } from 'express';
import { expiryOf } from '../auth/expiry.ts';
import type { Followers } from '../limits/followers.ts';
import { framesOf, type Types } from './frames.ts';
import type { Hub } from './hub.ts';
import { openStream, overSignal } from './stream.ts';

export interface Wanted {
  /** The event behind which the stream begins; undefined: what happens from now on. */
  readonly after: number | undefined;
  readonly types?: Types;
  /** Only this user's orders; undefined: all. */
  readonly userId?: string | undefined;
  /** Only this order; the stream ends with it. */
  readonly orderId?: string;
  /** Reads what there is already behind an event. */
  readPage(after: number): Promise<EventPage>;
}

export interface FollowParts {
  hub: Hub;
  followers: Followers;
  stopping: AbortSignal;
}

/**
 * Answers with a stream of events: first what there is already, page by page as the reader takes
 * it, then what happens. None is skipped and none comes twice. It ends when the token does with
 * which it was asked for.
 *
 * @returns when the stream is over
 * @throws DatabaseUnavailable
 * @throws BeyondFeed when the stream would begin beyond the end of what there is
 * @throws Problem when too many do so already
 */
export async function followEvents(
  res: Response,
  { hub, followers, stopping }: FollowParts,
  wanted: Wanted,
): Promise<void> {
  const leave = followers.enter(res);
  try {
    await follow(res, hub, AbortSignal.any([stopping, expiryOf(res)]), wanted);
  } finally {
    leave();
  }
}

async function follow(
  res: Response,
  hub: Hub,
  stopping: AbortSignal,
  wanted: Wanted,
): Promise<void> {
  const over = overSignal(res);
  let tell: (events: readonly FeedEvent[]) => void = () => {};
  let end = () => {};
  const following = await hub.follow(
    (events) => tell(events),
    wanted.orderId,
    () => end(),
  );
  try {
    let known = wanted.after ?? following.position;
    const readOn = () =>
      hub.inTurn(async () =>
        over.aborted ? { events: none, readTo: known } : wanted.readPage(known),
      );
    // Read before the answer begins: what goes wrong with it can still be told.
    let page: EventPage | undefined = await readOn();
    const stream = openStream(res, { after: known, over, stopping });
    // Whoever comes back is told why.
    end = stream.end;

    function send({ events, readTo }: EventPage): void {
      known = readTo;
      stream.send(framesOf(ofUser(events, wanted.userId), wanted.types), known);
      const last = events.at(-1);
      if (wanted.orderId !== undefined && last && hasEnded(last.status)) stream.end();
    }

    for (;;) {
      send(page);
      // Not to be kept for as long as it is sent.
      page = undefined;
      await stream.drained();
      // Between this look and the line behind the loop nothing can be told: no event is skipped.
      if (known >= following.position || over.aborted) break;
      page = await readOn();
    }
    tell = (events) => {
      const readTo = events.at(-1)?.id ?? 0;
      if (readTo <= known) return;
      // The same list for all readers as a rule: it is then serialised once.
      const allNew = (events[0]?.id ?? 0) > known;
      send({ events: allNew ? events : events.filter(({ id }) => id > known), readTo });
    };
    if (!over.aborted) await once(over, 'abort');
  } finally {
    following.stop();
  }
}

/** The same list for all streams of a user, and grouped once for all users. */
function ofUser(events: readonly FeedEvent[], userId: string | undefined): readonly FeedEvent[] {
  if (userId === undefined) return events;
  let byUser = groups.get(events);
  if (byUser === undefined) {
    byUser = Map.groupBy(events, (event) => event.userId);
    groups.set(events, byUser);
  }
  return byUser.get(userId) ?? none;
}

const groups = new WeakMap<readonly FeedEvent[], Map<string, FeedEvent[]>>();
const none: readonly FeedEvent[] = [];
