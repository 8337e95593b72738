import { setTimeout as sleep, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import {
  anyClaimable,
  type Claim,
  type Database,
  DatabaseUnavailable,
  findCancelRequests,
  findClaims,
  leave,
  type Outcome,
  type RetryPolicy,
  settleAndClaim,
} from '@orders/db';
import type { Log } from '@orders/runtime';

import { createBell } from './bell.ts';
import { createHands } from './hands.ts';
import { keepLease } from './lease.ts';
import type { Process } from './processing.ts';
import { reportCancelling, reportOutcomes, reportStarted } from './report.ts';
import { startPruning } from './retention.ts';
import { startSweeping } from './sweeper.ts';

export interface WorkerOptions {
  readonly database: Database;
  /** Makes a name that no worker has had before: claims are known by it. */
  readonly newName: () => string;
  readonly processOrder: Process;
  readonly log: Log;
  /** Orders in hand at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly pollIntervalMs: number;
  readonly shutdownGraceMs: number;
  readonly policy: RetryPolicy;
  /** Orders that ended longer ago are pruned in idle moments; undefined: everything is kept. */
  readonly retentionMs?: number | undefined;
  /** Fires when nothing new is to be started. */
  readonly stopping: AbortSignal;
  /** Fires when the grace for running orders is over at once. */
  readonly force: AbortSignal;
}

/** Orders claimed in one transaction at the most: bounds how long the write lock is held. */
const maxClaims = 1000;
const unavailablePauseMs = 500;

/**
 * Claims orders and has them processed until it is told to stop; then lets the orders in hand
 * finish for `shutdownGraceMs`, hands the rest back, and resolves. Outlives every failure of
 * the database.
 *
 * @throws DatabaseUnavailable when the worker could not begin, or could not hand back what it
 *   held: other workers get that when the lease runs out
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const { database, log, policy, stopping } = options;
  const bell = createBell();
  const hands = createHands(options.processOrder, policy, bell.ring);
  const lease = await keepLease(database, options.newName, options.leaseMs, log, (worker) => {
    hands.drop(worker, 'the lease ran out');
    bell.ring();
  });
  const sweeper = startSweeping(database, policy, () => lease.worker, log, bell.ring);
  const watch = database.watchCommits('work', bell.ring);
  stopping.addEventListener('abort', bell.ring);
  let asleep = false;
  const isIdle = () => asleep && hands.holding === 0;
  const { retentionMs } = options;
  const pruning =
    retentionMs === undefined ? undefined : startPruning(database, log, { retentionMs, isIdle });
  log.info({ worker: lease.worker, concurrency: options.concurrency }, 'started');

  let inDoubt = false;
  const over = graceOver(options);
  over.addEventListener('abort', bell.ring);

  try {
    while (!finished()) {
      const claims = await round(freePlaces());
      if (stopping.aborted) hands.put(claims.map((claim) => ({ claim, result: 'released' })));
      else for (const claim of claims) hands.start(claim);
      if (claims.length === 0 && !finished()) {
        asleep = true;
        await bell.heard(longestSleepMs());
        asleep = false;
      }
      // What finishes in the same turn of the event loop is settled in the same transaction.
      await turnOfTheLoop();
    }
    hands.release('the worker is stopping');
    await lastRound();
  } finally {
    watch.close();
    await Promise.all([sweeper.stop(), pruning?.stop(), lease.stop()]);
  }
  await leave(database, lease.worker);

  function finished(): boolean {
    const nothingLeft = hands.holding === 0 && hands.unwritten === 0 && !inDoubt;
    return stopping.aborted && (nothingLeft || over.aborted);
  }

  function freePlaces(): number {
    if (stopping.aborted || hands.suspicious) return 0;
    return Math.min(maxClaims, options.concurrency - hands.holding);
  }

  /** A cancel is heard of within a heartbeat, also where the bell does not ring for commits. */
  function longestSleepMs(): number {
    const { pollIntervalMs, leaseMs } = options;
    return hands.holding > 0 ? Math.min(pollIntervalMs, leaseMs / 3) : pollIntervalMs;
  }

  /** Settles what has ended and claims up to `places` orders; waits while the database cannot. */
  async function round(places: number): Promise<Claim[]> {
    const outcomes = hands.takeOutcomes();
    try {
      if (inDoubt) return await findForgotten(outcomes);
      await hearOfCancels();
      const { worker } = lease;
      if (outcomes.length === 0 && (places === 0 || !(await anyClaimable(database)))) return [];
      const { holding } = hands;
      const request = { worker, places, holding, concurrency: options.concurrency };
      const { claims, ...settled } = await settleAndClaim(database, outcomes, request);
      reportOutcomes(log, outcomes, settled);
      for (const outcome of outcomes) {
        if (outcome.result === 'failed' && outcome.retryInMs) sweeper.within(outcome.retryInMs);
      }
      reportStarted(log, claims);
      return claims;
    } catch (error) {
      hands.put(outcomes);
      if (!(error instanceof DatabaseUnavailable)) throw error;
      log.error({ err: error }, 'the database is unavailable, trying again');
      inDoubt = true;
      await sleep(unavailablePauseMs);
      bell.ring();
      return [];
    }
  }

  /** Whoever asked for it has committed, and so has rung the bell. */
  async function hearOfCancels(): Promise<void> {
    if (hands.holding === 0) return;
    const requests = await findCancelRequests(database, lease.worker);
    reportCancelling(log, hands.cancel(requests, 'the order is to be cancelled'));
  }

  /** A commit that failed may have been written all the same: then claims were made unheard of. */
  async function findForgotten(outcomes: readonly Outcome[]): Promise<Claim[]> {
    const claims = await findClaims(database, lease.worker);
    inDoubt = false;
    hands.put(outcomes);
    bell.ring();
    return hands.unknownOf(claims);
  }

  /** A database that is still unavailable ends it. */
  async function lastRound(): Promise<void> {
    const outcomes = hands.takeOutcomes();
    if (outcomes.length === 0) return;
    const nothing = { worker: lease.worker, places: 0, holding: 0, concurrency: 1 };
    reportOutcomes(log, outcomes, await settleAndClaim(database, outcomes, nothing));
  }
}

/** Fires when orders in hand get no more time: the grace is over, or somebody insists. */
function graceOver({ stopping, force, shutdownGraceMs }: WorkerOptions): AbortSignal {
  const grace = new AbortController();
  const begin = () => setTimeout(() => grace.abort(), shutdownGraceMs).unref();
  if (stopping.aborted) begin();
  stopping.addEventListener('abort', begin);
  return AbortSignal.any([grace.signal, force]);
}
