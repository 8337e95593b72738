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
 *
 * While a database is away or locked nobody can renew, and whoever stands still sees nothing. So
 * all sightings begin anew after a third of a lease without a look, and as long as the one who
 * looks has not renewed its own lease for half its length: then the others may not be able to either.
 */
export interface LeaseWatch {
  /**
   * @param now - milliseconds since 1970-01-01 UTC
   * @param self - who looks, and is alive; without a lease of its own it finds nobody dead
   * @returns the dead, and in how many milliseconds it is to be asked again at the latest: somebody
   *   else could be dead then, or what was seen count no more soon after
   */
  judge(
    leases: readonly LeaseRow[],
    now: number,
    self?: string,
  ): { dead: LeaseRow[]; nextInMs: number };
  /** What was seen so far counts no more: there was trouble, of which others had theirs. */
  beginAnew(): void;
}

/** @param monotonic - milliseconds by a clock that nobody sets and that stops while suspended */
export function createLeaseWatch(monotonic: () => number): LeaseWatch {
  let sightings = new Map<string, { aliveUntil: number; since: number }>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  function sight({ worker, alive_until, lease_ms }: LeaseRow, at: number) {
    const before = sightings.get(worker);
    const isWatched = at - lookedAt <= lease_ms / 3;
    if (isWatched && before?.aliveUntil === alive_until) return before;
    return { aliveUntil: alive_until, since: at };
  }

  return {
    beginAnew() {
      lookedAt = Number.NEGATIVE_INFINITY;
    },
    judge(leases, now, self) {
      const at = monotonic();
      sightings = new Map(leases.map((lease) => [lease.worker, sight(lease, at)]));
      lookedAt = at;
      const unrenewedMs = ({ worker }: LeaseRow) => at - (sightings.get(worker)?.since ?? at);

      const own = leases.find(({ worker }) => worker === self);
      const others = leases.filter((lease) => lease !== own);
      const renews = own !== undefined && unrenewedMs(own) < own.lease_ms / 2;
      if (self !== undefined && !renews) for (const { worker } of others) sightings.delete(worker);

      const dead: LeaseRow[] = [];
      // Twice as often as it must be, so that one look may be late.
      let nextInMs = Math.min(...leases.map(({ lease_ms }) => lease_ms / 6));
      for (const lease of others) {
        const deadInMs = Math.min(
          lease.lease_ms - unrenewedMs(lease),
          Math.max(lease.alive_until - now, lease.lease_ms / 2 - unrenewedMs(lease)),
        );
        if (deadInMs <= 0) dead.push(lease);
        else nextInMs = Math.min(nextInMs, deadInMs);
      }
      return { dead, nextInMs };
    },
  };
}
