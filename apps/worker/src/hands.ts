import { type Claim, diedInHand, failedAttempt, type Outcome, type RetryPolicy } from '@orders/db';

import { messageOf, type Process, ProcessorDied } from './processing.ts';

/** The orders that a worker has in hand, and those whose end is not written down yet. */
export interface Hands {
  /** Orders being processed. */
  readonly holding: number;
  /** Outcomes that nobody has taken yet. */
  readonly unwritten: number;
  /** Whether an order in hand may be one that kills its process: no other may join it then. */
  readonly suspicious: boolean;
  /** Those of a worker's claims that are not in hand, and whose outcome is not to be written either. */
  unknownOf(claims: readonly Claim[]): Claim[];
  start(claim: Claim): void;
  /** Hands out the outcomes that came since the last call. */
  takeOutcomes(): Outcome[];
  /** Takes outcomes, to be handed out next: those that could not be written, for example. */
  put(outcomes: readonly Outcome[]): void;
  /** Tells the processors of a worker's orders to give up; no outcome will come of them. */
  drop(worker: string, reason: string): void;
  /**
   * Tells the processors of these claims to give up; what they say to it is the outcome.
   *
   * @returns the claims that had not been told so before
   */
  cancel(requests: readonly { seq: number; attempt: number }[], reason: string): Claim[];
  /** Tells all processors to give up, and hands their orders back to the queue. */
  release(reason: string): void;
}

/** @param onOutcome - called when an outcome can be taken */
export function createHands(
  processOrder: Process,
  policy: RetryPolicy,
  onOutcome: () => void,
): Hands {
  const held = new Map<Claim, AbortController>();
  let outcomes: Outcome[] = [];

  async function run(claim: Claim, signal: AbortSignal): Promise<Outcome> {
    try {
      await processOrder(claim, signal);
      return { claim, result: 'completed' };
    } catch (error) {
      const end = error instanceof ProcessorDied ? diedInHand : failedAttempt;
      return end(claim, messageOf(error), policy);
    }
  }

  function abort(claims: readonly Claim[], reason: string): void {
    for (const claim of claims) {
      held.get(claim)?.abort(new Error(reason));
      held.delete(claim);
    }
  }

  return {
    get holding() {
      return held.size;
    },
    get unwritten() {
      return outcomes.length;
    },
    get suspicious() {
      // Suspects are claimed together and with nothing else: the first speaks for all.
      return (held.keys().next().value?.crashes ?? 0) > 0;
    },
    unknownOf(claims) {
      const known = new Set([...held.keys(), ...outcomes.map(({ claim }) => claim)].map(nameOf));
      return claims.filter((claim) => !known.has(nameOf(claim)));
    },
    start(claim) {
      const controller = new AbortController();
      held.set(claim, controller);
      void run(claim, controller.signal).then((outcome) => {
        // Dropped or released meanwhile: what comes of it no longer counts.
        if (!held.delete(claim)) return;
        outcomes.push(outcome);
        onOutcome();
      });
    },
    takeOutcomes() {
      const taken = outcomes;
      outcomes = [];
      return taken;
    },
    put(unwritten) {
      outcomes = [...unwritten, ...outcomes];
    },
    drop(worker, reason) {
      const lost = [...held.keys()].filter((claim) => claim.worker === worker);
      abort(lost, reason);
    },
    cancel(requests, reason) {
      if (requests.length === 0) return [];
      const wanted = new Set(requests.map(({ seq, attempt }) => `${seq}/${attempt}`));
      const untold = [...held].filter(
        ([claim, { signal }]) => !signal.aborted && wanted.has(nameOf(claim)),
      );
      for (const [, controller] of untold) controller.abort(new Error(reason));
      return untold.map(([claim]) => claim);
    },
    release(reason) {
      const released = [...held.keys()];
      abort(released, reason);
      outcomes.push(...released.map((claim) => ({ claim, result: 'released' as const })));
    },
  };
}

/** Of the claims of one worker, each has a name of its own. */
function nameOf({ order, attempt }: Claim): string {
  return `${order.seq}/${attempt}`;
}
