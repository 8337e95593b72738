import { type Database, type PrunePlace, pruneOrders } from '@orders/db';
import type { Log } from '@orders/runtime';

export interface RetentionOptions {
  readonly retentionMs: number;
  /** Whether the worker has nothing to do at this moment. */
  readonly isIdle: () => boolean;
  /** For tests: other pauses, in milliseconds. */
  readonly pausesMs?: typeof defaultPausesMs;
}

const defaultPausesMs = {
  /** Until it looks whether more has grown too old. */
  done: 60_000,
  /** Until it looks whether the worker is idle. */
  busy: 1000,
  /** Between two steps: leaves the database to others. */
  step: 50,
};

/**
 * Prunes what ended too long ago, some hundred orders at a time, in moments in which the worker has
 * nothing else to do. Goes on trying when the database is unavailable.
 */
export function startPruning(
  database: Database,
  log: Log,
  { retentionMs, isIdle, pausesMs = defaultPausesMs }: RetentionOptions,
): { stop(): Promise<void> } {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let from: PrunePlace | null = null;
  let orders = 0;

  function within(ms: number): void {
    if (!stopped) timer = setTimeout(run, ms);
  }

  function run(): void {
    running = step().then(within);
  }

  /** @returns for how long there is nothing to do, in milliseconds */
  async function step(): Promise<number> {
    if (!isIdle()) return pausesMs.busy;
    try {
      const done = await pruneOrders(database, retentionMs, from ?? undefined);
      orders += done.orders;
      from = done.next;
    } catch (err) {
      log.warn({ err }, 'pruning failed, trying again');
      return pausesMs.done;
    }
    if (from !== null) return pausesMs.step;
    if (orders > 0) log.info({ orders }, 'old orders pruned');
    orders = 0;
    return pausesMs.done;
  }

  within(pausesMs.busy);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
