import { sql } from 'kysely';

/**
 * What happens to orders that follow each other, in one transaction and in the same way, is kept
 * as one row: a run. First come, first started makes them common: orders are placed in groups,
 * and claimed and settled in groups of the same neighbours. A row and two entries of indexes an
 * event were a quarter of what claiming and settling cost.
 *
 * `order_events` is a view that shows one row an event. It takes the orders from the table of
 * orders: the events of one that is pruned are gone with it, also where its neighbours stay.
 */

/**
 * Events that a run can have: it ends where seqs are a multiple of that, so the runs that an order
 * may be in are found by `seq / 32`, and each event has an id of its own: the run's times 32, and
 * the place in it.
 */
export const longestRun = 32;

/**
 * True of all runs but one: the largest number there ever was stays, with a run of no order, where the
 * next one is told by it alone.
 */
export const isOfOrders = sql<boolean>`event_runs.orders > 0`;

/** One row of `event_runs`, as far as the caller decides it. */
interface Run {
  readonly seq: number;
  readonly orders: number;
}

/** The run that an event is in. */
export function runOf(eventId: number): number {
  return Math.floor(eventId / longestRun);
}

/** The largest id that an event of this run can have. */
export function lastIdOf(run: number): number {
  return run * longestRun + longestRun - 1;
}

/** Puts neighbours that are alike together, and leaves the order as it is. */
export function runsOf<Event extends { readonly seq: number }>(
  events: readonly Event[],
  alike: (one: Event, next: Event) => boolean,
): (Event & Run)[] {
  const runs: (Event & { orders: number })[] = [];
  for (const event of events) {
    const run = runs.at(-1);
    const joins =
      run !== undefined &&
      event.seq === run.seq + run.orders &&
      event.seq % longestRun !== 0 &&
      alike(run, event);
    if (joins) run.orders += 1;
    else runs.push({ ...event, orders: 1 });
  }
  return runs;
}
