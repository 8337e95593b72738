import type { Response } from 'express';
import { callerOf, unauthenticated } from './caller.ts';

/** How much longer whoever is asking may be answered, in milliseconds; below 1 when no longer. */
export function leftMs(res: Pick<Response, 'locals'>): number {
  return callerOf(res).expiresAt - Date.now();
}

/**
 * For answers that go on for long: fires when the token of whoever is asking has expired, with the
 * problem as its reason. Whoever comes back with a new one goes on where this answer ends.
 */
export function expiryOf(res: Response): AbortSignal {
  const expired = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  function look(): void {
    const left = leftMs(res);
    if (left < 1) expired.abort(tokenExpired());
    else timer = setTimeout(look, Math.min(left, longestTimerMs));
  }

  // Nothing would stop the timer, which keeps the request, any more.
  if (res.closed) return expired.signal;
  look();
  res.once('close', () => clearTimeout(timer));
  return expired.signal;
}

/** `setTimeout` takes longer times for 1 ms. */
const longestTimerMs = 2 ** 31 - 1;

export function tokenExpired() {
  const detail =
    'The token has expired: send what has no result with a new one, it was not accepted';
  return unauthenticated(detail, 'invalid_token');
}
