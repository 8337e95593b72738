import { type FeedEvent, hasEnded, type OrderStatus } from '@orders/db';
import type { Request, Response } from 'express';
import { leftMs } from '../auth/expiry.ts';
import type { Followers } from '../limits/followers.ts';
import type { Hub } from './hub.ts';

/** The longest wait, in seconds. */
const maxWait = 60;

/**
 * How long the client wants its answer held back, in milliseconds: what `wait` says in the query,
 * or else in `Prefer` (RFC 7240), which is then acknowledged.
 */
export function requestedWaitMs(req: Request, res: Response): number {
  if (req.query.wait !== undefined) return Number(req.query.wait) * 1000;
  const preferred = /(?:^|,)\s*wait\s*=\s*("?)(\d+)\1\s*(?:[,;]|$)/i.exec(req.get('Prefer') ?? '');
  if (preferred === null) return 0;
  const wait = Math.min(maxWait, Number(preferred[2]));
  res.set('Preference-Applied', `wait=${wait}`);
  return wait * 1000;
}

/** Reads an order, at once or when it has ended. */
export type ReadWhenEnded<Found> = (
  orderId: string,
  waitMs: number,
  res: Response,
) => Promise<Found | undefined>;

/**
 * Makes a reader that holds back an order until it has ended, the time is over, the client's token
 * has expired, the client is gone or the service stops; then tells how it stands. What is unknown or has ended is told at once.
 *
 * Waiting costs nothing: everybody is woken by the one reader of the feed, and those who wait for
 * the same order share one reading of it.
 */
export function readerWhenEnded<Found extends { readonly order: { readonly status: OrderStatus } }>(
  read: (orderId: string, res: Response) => Promise<Found | undefined>,
  { hub, followers, stopping }: { hub: Hub; followers: Followers; stopping: AbortSignal },
): ReadWhenEnded<Found> {
  const isOver = (found: Found | undefined) => found === undefined || hasEnded(found.order.status);
  const readings = new WeakMap<readonly FeedEvent[], Promise<Found | undefined>>();

  function readAfter(
    end: readonly FeedEvent[],
    orderId: string,
    res: Response,
  ): Promise<Found | undefined> {
    // Whoever waits may see the order, or would not wait: what one may read, all may.
    const reading = readings.get(end) ?? read(orderId, res);
    readings.set(end, reading);
    return reading;
  }

  return async (orderId, waitMs, res) => {
    if (waitMs === 0) return read(orderId, res);
    let ended = Promise.withResolvers<readonly FeedEvent[]>();
    // Followed first, read then: an end between the two is told.
    const following = await hub.follow((events) => {
      if (events.some(({ status }) => hasEnded(status))) ended.resolve(events);
    }, orderId);
    let leave = () => {};
    try {
      let found = await read(orderId, res);
      if (isOver(found)) return found;
      leave = followers.enter(res);
      const until = performance.now() + Math.min(waitMs, leftMs(res));
      for (;;) {
        const leftNowMs = Math.max(0, until - performance.now());
        const end = await within(leftNowMs, ended.promise, res, stopping);
        if (res.closed) return found;
        if (end === undefined) return await read(orderId, res);
        ended = Promise.withResolvers();
        found = await readAfter(end, orderId, res);
        // The end was one before the order was tried again, and was told late.
        if (isOver(found)) return found;
      }
    } finally {
      leave();
      following.stop();
    }
  };
}

/** What is waited for; undefined when the time is over, the client gone, or the service stopping. */
async function within<T>(
  ms: number,
  waitedFor: Promise<T>,
  res: Response,
  stopping: AbortSignal,
): Promise<T | undefined> {
  const enough = Promise.withResolvers<undefined>();
  const wake = () => enough.resolve(undefined);
  const timer = setTimeout(wake, ms);
  stopping.addEventListener('abort', wake);
  res.once('close', wake);
  if (stopping.aborted || res.closed) wake();
  const first = await Promise.race([waitedFor, enough.promise]);
  clearTimeout(timer);
  stopping.removeEventListener('abort', wake);
  res.off('close', wake);
  return first;
}
