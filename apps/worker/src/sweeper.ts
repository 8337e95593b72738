import { createSweeper, type Database, type RetryPolicy } from '@orders/db';
import type { Log } from '@orders/runtime';

import { reportOutcomes } from './report.ts';

/** Other workers' retries and leases become known only by looking: at least this often, in ms. */
const longestPauseMs = 1000;
const shortestPauseMs = 5;

export interface RegularSweeps {
  /** Makes sure that a sweep comes no later than in `ms`: a retry will be due then. */
  within(ms: number): void;
  stop(): Promise<void>;
}

/**
 * Sweeps each second, more often where leases are short, and at the very moment when a retry is due
 * or a lease runs out.
 *
 * @param self - the name under which this worker claims now
 * @param onSwept - called when orders may have become claimable
 */
export function startSweeping(
  database: Database,
  policy: RetryPolicy,
  self: () => string,
  log: Log,
  onSwept: () => void,
): RegularSweeps {
  const sweeper = createSweeper(database, policy);
  let stopped = false;
  let sweeping: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let nextAt = Number.POSITIVE_INFINITY;

  function sweepNow(): void {
    nextAt = Number.POSITIVE_INFINITY;
    sweeping = sweepOnce().then((pauseMs) => {
      sweeping = undefined;
      within(pauseMs);
    });
  }

  /** @returns for how long there is probably nothing to sweep, in milliseconds */
  async function sweepOnce(): Promise<number> {
    try {
      const { due, expired, cancelled, nextInMs } = await sweeper.sweep(self());
      reportOutcomes(log, expired, { lost: [], cancelled });
      if (due > 0 || expired.length > 0) onSwept();
      return nextInMs;
    } catch (err) {
      log.warn({ err }, 'sweeping failed, trying again');
      return longestPauseMs;
    }
  }

  function within(ms: number): void {
    nextAt = Math.min(nextAt, performance.now() + clamp(ms));
    if (stopped || sweeping !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(sweepNow, Math.max(0, nextAt - performance.now()));
  }

  sweepNow();
  return {
    within,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await sweeping;
    },
  };
}

function clamp(ms: number): number {
  return Math.min(longestPauseMs, Math.max(shortestPauseMs, ms));
}
