/** A worker's lease as the database has it. Times in milliseconds. */
export interface LeaseRow {
  readonly worker: string;
  /** Since 1970-01-01 UTC, by the clock of the last renewal. */
  readonly alive_until: number;
  readonly lease_ms: number;
}

/**
 * Tells dead workers from live ones. Wall clocks are set, machines are suspended and go on, and
 * everybody is then late at once; so a lease that has run out by the clock must also have been
 * *seen* without renewal for half its length (a live worker renews each third). One that has
 * been seen without renewal for its whole length is dead whatever the clocks say.
 */
export interface LeaseWatch {
  /**
   * @param now - milliseconds since 1970-01-01 UTC
   * @returns the dead, and in how many milliseconds somebody else could be, at the earliest
   */
  judge(leases: readonly LeaseRow[], now: number): { dead: LeaseRow[]; nextInMs: number };
}

/** @param monotonic - milliseconds by a clock that nobody sets and that stops while suspended */
export function createLeaseWatch(monotonic: () => number): LeaseWatch {
  let sightings = new Map<string, { aliveUntil: number; since: number }>();

  function sight({ worker, alive_until }: LeaseRow) {
    const before = sightings.get(worker);
    if (before?.aliveUntil === alive_until) return before;
    return { aliveUntil: alive_until, since: monotonic() };
  }

  return {
    judge(leases, now) {
      sightings = new Map(leases.map((lease) => [lease.worker, sight(lease)]));
      const dead: LeaseRow[] = [];
      let nextInMs = Number.POSITIVE_INFINITY;
      for (const lease of leases) {
        const unrenewedMs = monotonic() - (sightings.get(lease.worker)?.since ?? 0);
        const deadInMs = Math.min(
          lease.lease_ms - unrenewedMs,
          Math.max(lease.alive_until - now, lease.lease_ms / 2 - unrenewedMs),
        );
        if (deadInMs <= 0) dead.push(lease);
        else nextInMs = Math.min(nextInMs, deadInMs);
      }
      return { dead, nextInMs };
    },
  };
}
