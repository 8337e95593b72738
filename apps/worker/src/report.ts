import type { Claim, Outcome, Settled } from '@orders/db';
import type { Log } from '@orders/runtime';

/** Logs orders that were claimed. */
export function reportStarted(log: Log, claims: readonly Claim[]): void {
  if (!log.isLevelEnabled('debug')) return;
  for (const { order, attempt } of claims) {
    log.debug({ ...named(order), attempt }, 'order started');
  }
}

/** Logs orders whose processors are told to give up. */
export function reportCancelling(log: Log, claims: readonly Claim[]): void {
  for (const { order, attempt } of claims) {
    log.info({ ...named(order), attempt }, 'order is to be cancelled');
  }
}

/** Logs outcomes that are written down, and apart from them those that became something else. */
export function reportOutcomes(log: Log, outcomes: readonly Outcome[], settled: Settled): void {
  const losses = new Set(settled.lost);
  const cancelled = new Set(settled.cancelled);
  for (const outcome of outcomes) {
    const { order, attempt } = outcome.claim;
    const facts = { ...named(order), attempt };
    if (losses.has(outcome)) {
      log.warn({ ...facts, result: outcome.result }, 'claim was lost, result dropped');
    } else if (cancelled.has(outcome)) {
      log.info({ ...facts, result: outcome.result }, 'order cancelled');
    } else if (outcome.result === 'completed') {
      log.info(facts, 'order completed');
    } else if (outcome.result === 'failed' && outcome.retryInMs === null) {
      log.error({ ...facts, error: outcome.error }, 'order failed');
    } else if (outcome.result === 'failed') {
      const { error, retryInMs } = outcome;
      log.warn({ ...facts, error, retry_in_ms: retryInMs }, 'attempt failed');
    } else if (outcome.result === 'interrupted') {
      log.warn({ ...facts, error: outcome.error }, 'order interrupted');
    } else {
      log.info(facts, 'order handed back');
    }
  }
}

function named(order: Claim['order']) {
  return { order_id: order.orderId, request_id: order.requestId };
}
