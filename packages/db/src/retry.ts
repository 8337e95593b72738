import type { Claim } from './claim.ts';
import type { Outcome } from './settle.ts';

/** When a failed attempt is made again, and how often. */
export interface RetryPolicy {
  /** Attempts before an order is Failed, at least 1. */
  readonly maxAttempts: number;
  /** Wait before the second attempt; doubled for each further one. */
  readonly retryBackoffMs: number;
}

/** The longest wait between two attempts: an hour. */
export const maxBackoffMs = 3_600_000;

/**
 * The outcome of an attempt that failed by itself: again after a while, or Failed for good.
 *
 * The wait is drawn evenly from nothing to the doubled backoff, "full jitter", so that orders
 * that failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param random - evenly distributed in [0, 1)
 */
export function failedAttempt(
  claim: Claim,
  error: string,
  { maxAttempts, retryBackoffMs }: RetryPolicy,
  random: () => number = Math.random,
): Outcome & { result: 'failed' } {
  const { attempts } = claim.order;
  const ceiling = Math.min(maxBackoffMs, retryBackoffMs * 2 ** (attempts - 1));
  const retryInMs = attempts < maxAttempts ? Math.round(random() * ceiling) : null;
  return { claim, result: 'failed', error, retryInMs };
}

/**
 * The outcome of a claim whose process died: its own doing when it was alone there, an
 * interruption without blame when others were in hand too.
 */
export function diedInHand(
  claim: Claim,
  error: string,
  policy: RetryPolicy,
  random: () => number = Math.random,
): Outcome {
  return claim.alone
    ? { ...failedAttempt(claim, error, policy, random), died: true }
    : { claim, result: 'interrupted', error };
}
