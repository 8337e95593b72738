import { type Database, register, renewLease } from '@orders/db';
import type { Log } from '@orders/runtime';

/** A lease that is renewed in the background. */
export interface Lease {
  /** The name under which the worker claims now. */
  readonly worker: string;
  stop(): Promise<void>;
}

/** Between two tries while the database is unavailable, in milliseconds, at the most. */
const longestPauseMs = 1000;

/**
 * Registers the worker, and renews its lease each third of `leaseMs` until stopped; when it could
 * not, again within a second or a sixth of `leaseMs`: half a lease after a trouble is over others
 * take for dead who has not renewed (see `LeaseWatch`). After a lease that ran out it goes on under a
 * new name, so that claims of before and after cannot be taken for each other.
 *
 * @param onLost - called with the name whose orders were given away
 * @throws DatabaseUnavailable when the worker could not be registered at first
 */
export async function keepLease(
  database: Database,
  newName: () => string,
  leaseMs: number,
  log: Log,
  onLost: (worker: string) => void,
): Promise<Lease> {
  let worker = newName();
  let registered = true;
  await register(database, worker, leaseMs);
  let renewal = Promise.resolve();
  let timer = setTimeout(startRenewal, leaseMs / 3);
  let stopped = false;

  // Each after the last one has ended: behind a lock they would queue up.
  function startRenewal(): void {
    renewal = renew().then((pauseMs) => {
      if (!stopped) timer = setTimeout(startRenewal, pauseMs);
    });
  }

  /** @returns when it is to be renewed again, in milliseconds */
  async function renew(): Promise<number> {
    try {
      if (registered && (await renewLease(database, worker, leaseMs))) return leaseMs / 3;
      if (registered) {
        log.warn({ worker }, 'the lease ran out and its orders were given to others');
        onLost(worker);
        worker = newName();
        registered = false;
      }
      await register(database, worker, leaseMs);
      registered = true;
      log.info({ worker }, 'registered anew');
      return leaseMs / 3;
    } catch (err) {
      log.warn({ err }, 'the lease could not be renewed, trying again');
      return Math.min(longestPauseMs, leaseMs / 6);
    }
  }

  return {
    get worker() {
      return worker;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await renewal;
    },
  };
}
