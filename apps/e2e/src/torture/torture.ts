import { join } from 'node:path';
import { closeDatabase, openDatabase, readMetrics } from '@orders/db';

import { eventually } from '../service.ts';
import { type Blow, startFleet } from './fleet.ts';
import { type Ledger, placeAndWriteDown } from './ledger.ts';
import { seeded } from './random.ts';
import { type Verdict, verify } from './verify.ts';

export interface TortureOptions {
  readonly databaseUrl: string;
  /** For the notes of the processors. */
  readonly directory: string;
  /** What is done, to which process, and after what pause; when exactly, the machine decides. */
  readonly seed: number;
  /** Asked before something is done to a process, with how often that was. */
  readonly goesOn: (strikes: number) => boolean;
  /** Whether claims stand in the history in the order in which they were made. */
  readonly inTurn: boolean;
  readonly onStrike?: (strikes: number, ledger: Ledger) => void;
}

export interface Outcome extends Verdict {
  readonly ledger: Ledger;
  readonly blows: Readonly<Record<Blow, number>>;
}

const leaseMs = 1000;

const env = {
  PROCESSOR: join(import.meta.dirname, 'processor.mjs'),
  LEASE_MS: String(leaseMs),
  WORKER_CONCURRENCY: '8',
  RETRY_BACKOFF_MS: '50',
  SHUTDOWN_GRACE_MS: '5000',
};

/**
 * Has clients place and cancel orders while API and worker processes are killed, paused for
 * longer than a lease, and told to stop; then lets everything end, and looks at what there is.
 */
export async function torture(options: TortureOptions): Promise<Outcome> {
  const { databaseUrl } = options;
  const notesFile = join(options.directory, 'notes');
  const random = seeded(options.seed);
  const database = await openDatabase(databaseUrl);
  const fleet = await startFleet({
    ...{ databaseUrl, apis: 2, workers: 3, random, longestPauseMs: 2.5 * leaseMs },
    env: { ...env, NOTES_FILE: notesFile },
  });
  try {
    const over = new AbortController();
    const { ledger, done } = placeAndWriteDown({
      ...{ urls: fleet.urls, clients: 8, until: over.signal, longestPauseMs: 40 },
      // Draws of its own: how many orders there will be is up to the machine.
      random: seeded(options.seed + 1),
    });
    for (let strikes = 0; options.goesOn(strikes); strikes++) {
      // By orders, not by the clock: then something goes on between two on a slow machine, too.
      const enough = ledger.accepted.size + random.whole(10, 100);
      await eventually(async () => ledger.accepted.size >= enough);
      fleet.strike();
      options.onStrike?.(strikes + 1, ledger);
    }
    over.abort();
    await done;
    await fleet.stopApis();
    await eventually(async () => {
      const { pendingOrders, processingOrders } = await readMetrics(database);
      return pendingOrders + processingOrders === 0;
    });
    await fleet.stop();
    const verdict = await verify({ database, ledger, notesFile, inTurn: options.inTurn });
    const faults = [...fleet.surprises, ...verdict.faults];
    return { ...verdict, faults, ledger, blows: fleet.blows };
  } finally {
    await fleet.killAll();
    await closeDatabase(database);
  }
}
