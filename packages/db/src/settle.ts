import { type Selectable, sql } from 'kysely';

import type { Claim } from './claim.ts';
import { joinQueue } from './queue-blocks.ts';
import type { OrderStatus, OrdersTable, TransitionType } from './schema.ts';
import { groupsOf, statement } from './statement.ts';
import type { Transition } from './transitions.ts';
import type { Writing } from './writing.ts';

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

/** What became of outcomes that is not what they say. */
export interface Settled {
  /** Their claim held no more; nothing was written. */
  readonly lost: readonly Outcome[];
  /** Their order was asked to be cancelled, and they did not complete it: it is Cancelled. */
  readonly cancelled: readonly Outcome[];
}

/**
 * Ends claims. Only a claim that still holds is ended: one that ran out and was given up, or
 * taken by another worker, is left as it is. An order whose cancelling was asked for ends here:
 * as Completed where the outcome says so, as Cancelled with every other outcome.
 *
 * @param outcomes - at most one for each claim
 */
export async function settleOrders(
  writing: Writing,
  outcomes: readonly Outcome[],
): Promise<Settled> {
  if (outcomes.length === 0) return { lost: [], cancelled: [] };
  const { now, transitions } = writing;
  const settlements = outcomes.map((outcome) => settlementOf(outcome, now));
  const ended = await endClaims(writing, { now, settlements });
  const rows = new Map(ended.rows.map((row) => [row.seq, row]));
  const lost: Outcome[] = [];
  const cancelled: Outcome[] = [];
  for (const [i, outcome] of outcomes.entries()) {
    const settlement = settlements[i] as Settlement;
    const row = rows.get(settlement.seq);
    // A late outcome of an earlier attempt may stand beside the present one's.
    if (row?.attempt !== settlement.attempt) lost.push(outcome);
    else {
      if (row.status === 'CANCELLED') cancelled.push(outcome);
      transitions.push(transitionOf(settlement, row, now));
      if (row.status === 'PENDING' && settlement.not_before === null) joinQueue(writing, row.seq);
    }
  }
  return { lost, cancelled };
}

/** The row decides, not the worker: it may not have heard of the request yet. */
const cancels = sql`orders.cancel_requested_at is not null and settlement.status <> 'COMPLETED'`;

type EndedRow = Pick<Selectable<OrdersTable>, 'seq' | 'attempt' | 'status' | 'started_at'>;

function transitionOf(settlement: Settlement, row: EndedRow, now: number): Transition {
  const { seq, attempt, worker, error, type } = settlement;
  return {
    ...{ seq, attempt, worker, detail: error, from: 'PROCESSING', to: row.status },
    type: row.status === 'CANCELLED' ? 'cancelled' : type,
    ...(row.status === 'COMPLETED' && {
      duration: { kind: 'processing', ms: now - (row.started_at ?? now) },
    }),
  };
}

const columns = {
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

// "is true" keeps SQLite from going through orders_held, and what is settled for each of its orders,
// where statistics say that few are in hand.
const endClaims = statement(
  { now: 'integer', settlements: groupsOf('seq', columns) },
  ({ now, settlements }) => sql<EndedRow>`
    update orders set
      status = case when ${cancels} then 'CANCELLED' else settlement.status end,
      claimed_by = null,
      claimed_alone = 0,
      not_before = case when ${cancels} then null else settlement.not_before end,
      started_at = case
        when settlement.status = 'PENDING' and not (${cancels}) then null
        else orders.started_at end,
      finished_at = case when ${cancels} then ${now} else settlement.finished_at end,
      last_error = case when ${cancels} then orders.last_error
        else coalesce(settlement.error, orders.last_error) end,
      attempts_unspent = orders.attempts_unspent + settlement.unspent,
      crashes = settlement.keeps_crashes * orders.crashes + settlement.crashed
    from ${settlements} as settlement
    where orders.seq = settlement.seq and (orders.status = 'PROCESSING') is true
      and orders.claimed_by = settlement.worker
      and orders.attempt = settlement.attempt
    returning orders.seq, orders.attempt, orders.status, orders.started_at`,
);

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
