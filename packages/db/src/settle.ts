import { sql } from 'kysely';

import type { Claim } from './claim.ts';
import type { Writing } from './database.ts';
import type { OrderStatus, TransitionType } from './schema.ts';
import { recordTransitions } from './transitions.ts';

/** What came of a claim. */
export type Outcome =
  | { readonly claim: Claim; readonly result: 'completed' }
  /** The attempt failed; after `retryInMs` it is made again, with 0 at once, with null never. */
  | {
      readonly claim: Claim;
      readonly result: 'failed';
      readonly error: string;
      readonly retryInMs: number | null;
      /** The process died of it: it stays a suspect. */
      readonly died?: true;
    }
  /** Handed back unfinished; does not count as an attempt. */
  | { readonly claim: Claim; readonly result: 'released' }
  /**
   * The process that ran it died with others in hand, and any may have been the cause: does not
   * count as an attempt, but makes it a suspect (claim.ts).
   */
  | { readonly claim: Claim; readonly result: 'interrupted'; readonly error: string };

/**
 * Ends claims. Only a claim that still holds is ended: one that ran out and was given up, or
 * taken by another worker, is left as it is.
 *
 * @param outcomes - at most one for each claim
 * @returns the outcomes that were lost, because their claim held no more
 */
export async function settleOrders(
  writing: Writing,
  outcomes: readonly Outcome[],
): Promise<Outcome[]> {
  if (outcomes.length === 0) return [];
  const { trx, now, rows } = writing;
  const settlements = outcomes.map((outcome) => settlementOf(outcome, now));
  const settled = await sql<{ seq: number; attempt: number; started_at: number | null }>`
    update orders set
      status = settlement.status,
      claimed_by = null,
      claimed_alone = 0,
      not_before = settlement.not_before,
      started_at = case settlement.status when 'PENDING' then null else orders.started_at end,
      finished_at = settlement.finished_at,
      last_error = coalesce(settlement.error, orders.last_error),
      attempts_unspent = orders.attempts_unspent + settlement.unspent,
      crashes = settlement.keeps_crashes * orders.crashes + settlement.crashed
    from ${rows(columns, settlements)} as settlement
    where orders.seq = settlement.seq and orders.status = 'PROCESSING'
      and orders.claimed_by = settlement.worker and orders.attempt = settlement.attempt
    returning seq, attempt, started_at
  `.execute(trx);
  // By order and attempt: a late outcome of an earlier attempt may stand beside the present one's.
  const startedAt = new Map(settled.rows.map((row) => [keyOf(row), row.started_at]));
  await recordTransitions(
    writing,
    settlements
      .filter((settlement) => startedAt.has(keyOf(settlement)))
      .map((settlement) => ({
        ...settlement,
        from: 'PROCESSING' as const,
        to: settlement.status,
        detail: settlement.error,
        ...(settlement.status === 'COMPLETED' && {
          duration: {
            kind: 'processing' as const,
            ms: now - (startedAt.get(keyOf(settlement)) ?? now),
          },
        }),
      })),
  );
  return outcomes.filter((_, i) => !startedAt.has(keyOf(settlements[i] as Settlement)));
}

const keyOf = ({ seq, attempt }: { seq: number; attempt: number }) => `${seq}/${attempt}`;

const columns = {
  seq: 'integer',
  worker: 'text',
  attempt: 'integer',
  status: 'text',
  not_before: 'integer',
  finished_at: 'integer',
  error: 'text',
  unspent: 'integer',
  keeps_crashes: 'integer',
  crashed: 'integer',
} as const;

interface Settlement {
  readonly seq: number;
  readonly worker: string;
  readonly attempt: number;
  readonly type: TransitionType;
  readonly status: OrderStatus;
  readonly not_before: number | null;
  readonly finished_at: number | null;
  readonly error: string | null;
  readonly unspent: 0 | 1;
  /** 0 when the attempt ended by itself, which clears an order of suspicion. */
  readonly keeps_crashes: 0 | 1;
  readonly crashed: 0 | 1;
}

function settlementOf(outcome: Outcome, now: number): Settlement {
  const { order, worker, attempt } = outcome.claim;
  const settlement: Omit<Settlement, 'type'> = {
    ...{ seq: order.seq, worker, attempt, status: 'PENDING', not_before: null, finished_at: null },
    ...{ error: null, unspent: 0, keeps_crashes: 0, crashed: 0 },
  };
  switch (outcome.result) {
    case 'completed':
      return { ...settlement, type: 'completed', status: 'COMPLETED', finished_at: now };
    case 'failed':
      return {
        ...settlement,
        ...(outcome.retryInMs === null
          ? { type: 'failed', status: 'FAILED', finished_at: now }
          : {
              type: 'attempt_failed',
              not_before: outcome.retryInMs ? now + outcome.retryInMs : null,
            }),
        ...(outcome.died && { keeps_crashes: 1, crashed: 1 }),
        error: outcome.error,
      };
    case 'released':
      return { ...settlement, type: 'released', unspent: 1, keeps_crashes: 1 };
    case 'interrupted': {
      const { error } = outcome;
      return {
        ...settlement,
        type: 'interrupted',
        error,
        unspent: 1,
        keeps_crashes: 1,
        crashed: 1,
      };
    }
  }
}
