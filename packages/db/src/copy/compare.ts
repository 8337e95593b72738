import { type Database, read } from '../database.ts';
import { DatabaseUnusable } from '../errors.ts';
import { readSums } from './counters.ts';
import {
  beforeAll,
  type Key,
  keyOf,
  type PlainName,
  plainNames,
  type Row,
  readPage,
} from './rows.ts';

/** What both sides have. */
export interface Copied {
  readonly orders: number;
  /** In the history, those of orders that were pruned from between others included. */
  readonly events: number;
  /** Sums of the orders' totals, in minor units, by currency. */
  readonly totalsMinor: Readonly<Record<string, number>>;
}

/**
 * Reads both sides as a whole and compares every column of every row, and every counter.
 *
 * @param onRead - told up to which key each table is the same
 * @throws DatabaseUnusable when they differ: somebody else has written to one of them
 */
export async function compare(
  source: Database,
  target: Database,
  onRead: (upTo: Partial<Record<PlainName, Key>>) => Promise<void>,
): Promise<Copied> {
  const { storable } = target.phrases;
  let orders = 0;
  let events = 0;
  const upTo: Partial<Record<PlainName, Key>> = {};
  const totalsMinor: Record<string, number> = {};
  for (const name of plainNames) {
    for (let after = beforeAll(name); ; ) {
      const [rows, copies] = (await Promise.all(
        [source, target].map((side) => read(side, (snapshot) => readPage(snapshot, name, after))),
      )) as [Row[], Row[]];
      if (JSON.stringify(copies) !== storable(JSON.stringify(rows))) throw differ(name, after);
      if (rows.length === 0) break;
      if (name === 'orders') {
        addTotals(totalsMinor, rows);
        orders += rows.length;
      }
      if (name === 'event_runs') events += countEvents(rows);
      after = keyOf(name, rows.at(-1) as Row);
      upTo[name] = after;
      await onRead(upTo);
    }
  }
  const [sums, copies] = await Promise.all([source, target].map((side) => read(side, readSums)));
  if (JSON.stringify(copies) !== JSON.stringify(sums)) throw differ('counters');
  return { orders, events, totalsMinor };
}

function addTotals(sums: Record<string, number>, rows: readonly Row[]): void {
  for (const { currency, total_minor } of rows as { currency: string; total_minor: number }[]) {
    sums[currency] = (sums[currency] ?? 0) + total_minor;
  }
}

function countEvents(runs: readonly Row[]): number {
  return (runs as { orders: number }[]).reduce((sum, { orders }) => sum + orders, 0);
}

function differ(name: string, after?: Key): DatabaseUnusable {
  const where = after === undefined ? '' : `, behind ${JSON.stringify(after)}`;
  return new DatabaseUnusable(
    `The target is not what was copied (${name}${where}): somebody else writes to it, or to the ` +
      'source. Stop them, and copy into a new file or a new database.',
  );
}
