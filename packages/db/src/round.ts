import { type Claim, type ClaimRequest, claimOrders } from './claim.ts';
import { type Database, write } from './database.ts';
import { type Outcome, type Settled, settleOrders } from './settle.ts';
import { together } from './statement.ts';

/**
 * A worker's round: ends the claims that came to an end and takes new ones, in one transaction
 * with one fsync.
 *
 * @returns the new claims, oldest order first, and which outcomes were lost or ended as Cancelled
 * @throws DatabaseUnavailable when nothing was written, or, should the commit itself have failed at
 *   the disk, all or nothing was: the same outcomes may be given again, `findClaims` tells the rest
 */
export function settleAndClaim(
  database: Database,
  outcomes: readonly Outcome[],
  request: ClaimRequest,
): Promise<Settled & { claims: Claim[] }> {
  return write(database, async (writing) => {
    // An order that is handed back may be claimed again at once: its history tells both in order.
    const claiming = { ...writing, transitions: [] };
    const [settled, claims] = await together(
      writing,
      () => settleOrders(writing, outcomes),
      () => claimOrders(claiming, request, firstOf(outcomes)),
    );
    writing.transitions.push(...claiming.transitions);
    return { ...settled, claims };
  });
}

function firstOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce(
    (first, { claim }) => Math.min(first, claim.order.seq),
    Number.MAX_SAFE_INTEGER,
  );
}
