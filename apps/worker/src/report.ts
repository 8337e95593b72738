import type { Claim, Outcome } from '@orders/db';
import type { Log } from '@orders/runtime';

/** Logs orders that were claimed. */
export function reportStarted(log: Log, claims: readonly Claim[]): void {
  for (const { order, attempt } of claims) {
    log.debug({ ...named(order), attempt }, 'order started');
  }
}

/** Logs outcomes that are written down, and apart from them those that were lost. */
export function reportOutcomes(
  log: Log,
  outcomes: readonly Outcome[],
  lost: readonly Outcome[],
): void {
  const losses = new Set(lost);
  for (const outcome of outcomes) {
    const { order, attempt } = outcome.claim;
    const facts = { ...named(order), attempt };
    if (losses.has(outcome)) {
      log.warn({ ...facts, result: outcome.result }, 'claim was lost, result dropped');
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
