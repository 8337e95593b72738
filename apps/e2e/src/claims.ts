import type { Database } from '@orders/db';

/** What one worker took at once, on PostgreSQL. */
export interface Taken {
  readonly worker: string;
  /** When its transaction began, in milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  /** In the order in which they were started. */
  readonly seqs: number[];
}

/** All that was ever claimed, claim by claim, in the order in which their transactions began. */
export async function claimsOf({ reader }: Database): Promise<Taken[]> {
  const runs = await reader
    .selectFrom('event_runs')
    .select(['seq', 'orders', 'at', 'worker'])
    .select((run) =>
      run
        .cast<number>(run.cast<string>(run.ref('xmin' as 'run'), 'text'), 'bigint')
        .as('transaction'),
    )
    .where('type', '=', 'started')
    .orderBy('run')
    .execute();
  const claims = new Map<number, Taken>();
  for (const { seq, orders, at, worker, transaction } of runs) {
    const claim = claims.get(transaction) ?? { worker: worker ?? '', at, seqs: [] };
    claims.set(transaction, claim);
    for (let i = 0; i < orders; i += 1) claim.seqs.push(seq + i);
  }
  return [...claims.values()].toSorted((a, b) => a.at - b.at);
}

/**
 * Orders that were passed over: answered with 201 before a younger one was claimed, and started
 * only after that claim was written. Whoever claims takes the oldest that nobody else has in hand,
 * and who has one in hand has begun before; so there must be none, by however many machines orders
 * are placed and started. What is promised of orders that are accepted at the same moment is nothing.
 *
 * @param claims - in the order of their time
 * @param accepted - when the answer was there, by the same clock
 */
export function overtaken(
  claims: readonly Taken[],
  accepted: readonly { readonly seq: number; readonly at: number }[],
): number[] {
  const startedAt = new Map(claims.flatMap(({ at, seqs }) => seqs.map((seq) => [seq, at])));
  const next = new Map<string, number>();
  const passedOver = new Set<number>();
  for (const { worker, at, seqs } of claims.toReversed()) {
    // Its next transaction began after this one was written.
    const writtenBy = next.get(worker) ?? Number.POSITIVE_INFINITY;
    next.set(worker, at);
    const youngest = Math.max(...seqs);
    for (const order of accepted) {
      // Both clocks tell whole milliseconds.
      if (order.seq > youngest || order.at + 2 > at) continue;
      if ((startedAt.get(order.seq) ?? 0) > writtenBy + 2) passedOver.add(order.seq);
    }
  }
  return [...passedOver];
}
