import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';

import { claimable } from './claimable.ts';
import { type CounterSum, readAllCounters } from './counters.ts';
import { type Database, read } from './database.ts';
import { longestRun } from './event-runs.ts';
import { statusAfter } from './events.ts';
import { bucketOf } from './histogram.ts';
import { atMost } from './limit.ts';
import { blockOf } from './queue-blocks.ts';
import type { Counter, OrderStatus, Schema, TransitionType } from './schema.ts';

/** Something that is not as it should be. */
export interface Fault {
  readonly in: 'file' | 'counts' | 'ends' | 'times' | 'queue' | 'history' | 'claims' | 'pruned';
  /** In words. */
  readonly what: string;
}

/** Faults of one kind that are told one by one; more are told as a number. */
const maxTold = 10;
/** Orders, or ids, that are read in one go. */
const pageSize = 5000;

/**
 * Reads the whole database, at one moment, and counts anew all that is kept as a number: orders by
 * status, how often they ended, the histograms with their sums, the blocks of the queue. Finds
 * history without an order, orders whose history does not end as they stand, claims of nobody, and
 * ids that were pruned and are there; on SQLite also damage to the file. What was pruned cannot be
 * counted any more: from then on histograms and ends may be larger than what is found, not smaller.
 *
 * Others may go on reading and writing.
 *
 * @param onProgress - told again and again how many orders were read; what it throws ends it
 * @throws DatabaseUnavailable when it cannot be read
 */
export async function checkDatabase(
  database: Database,
  onProgress: (orders: number) => void = () => {},
): Promise<Fault[]> {
  let orders = 0;
  const damage = await database.findDamage(() => onProgress(orders));
  // What is damaged says anything.
  if (damage.length > 0) return damage.map((what) => ({ in: 'file', what }));
  return read(database, async (snapshot) => {
    const faults = collectFaults();
    for (const what of await database.catalog.findMiscounted(snapshot)) faults.add('claims', what);
    const workers = await snapshot.selectFrom('workers').select('worker').execute();
    const kept = new Map((await readAllCounters(snapshot)).map((sum) => [nameOf(sum), sum]));
    const found = new Map<string, CounterSum>();
    // Of a file nothing is ever waited for: signals and timers would not be heard until the end.
    const betweenPages = async () => {
      await nextTurn();
      onProgress(orders);
    };
    const known = new Set<string | null>(workers.map(({ worker }) => worker));
    await walkOrders(snapshot, betweenPages, (row, history) => {
      checkOrder(row, history, known, faults.add);
      count(found, row, history);
      orders += 1;
    });
    const pruned = prunedIn(kept);
    await checkPruned(snapshot, betweenPages, pruned.orders, faults.add);
    await checkRuns(snapshot, betweenPages, pruned.orders > 0, faults.add);
    compareCounters(kept, found, pruned, faults.add);
    return faults.all();
  });
}

type Add = (kind: Fault['in'], what: string) => void;

interface Row {
  readonly seq: number;
  readonly order_id: string;
  readonly status: OrderStatus;
  readonly claimed_by: string | null;
  readonly placed_at: number;
  readonly started_at: number | null;
  readonly finished_at: number | null;
  /** 1 when it can be claimed. */
  readonly claimable: number;
}

interface Event {
  readonly type: TransitionType;
  readonly at: number;
  readonly attempt: number;
}

/** Orders with what happened to each, in the order of `seq`. */
async function walkOrders(
  snapshot: Kysely<Schema>,
  betweenPages: () => Promise<void>,
  visit: (row: Row, history: readonly Event[]) => void,
): Promise<void> {
  let after = 0;
  let rows: Row[];
  do {
    await betweenPages();
    ({ rows } = await sql<Row>`
      select seq, order_id, status, claimed_by, placed_at, started_at, finished_at,
        case when ${claimable} then 1 else 0 end as claimable
      from orders where seq > ${after} order by seq limit ${atMost(pageSize)}
    `.execute(snapshot));
    const upTo = rows.length === pageSize ? rows.at(-1)?.seq : undefined;
    const histories = await readHistories(snapshot, after, upTo ?? Number.MAX_SAFE_INTEGER);
    for (const row of rows) visit(row, histories.get(row.seq) ?? []);
    after = upTo ?? after;
  } while (rows.length === pageSize);
}

async function readHistories(
  snapshot: Kysely<Schema>,
  after: number,
  upTo: number,
): Promise<Map<number, Event[]>> {
  const { rows: runs } = await sql<Event & { seq: number; orders: number }>`
    select seq, orders, type, at, attempt from event_runs
    where seq / 32 >= ${Math.floor(after / longestRun)}
      and seq / 32 <= ${Math.floor(upTo / longestRun)}
    order by run
  `.execute(snapshot);
  const histories = new Map<number, Event[]>();
  for (const run of runs) {
    for (let seq = run.seq; seq < run.seq + run.orders; seq += 1) {
      const history = histories.get(seq);
      if (history === undefined) histories.set(seq, [run]);
      else history.push(run);
    }
  }
  return histories;
}

/** Looks for history that no order has. A run stays until the last of its orders is pruned. */
async function checkRuns(
  snapshot: Kysely<Schema>,
  betweenPages: () => Promise<void>,
  isAnyPruned: boolean,
  add: Add,
): Promise<void> {
  let after = 0;
  let runs: { run: number; seq: number; orders: number; type: TransitionType; there: number }[];
  do {
    await betweenPages();
    ({ rows: runs } = await sql<(typeof runs)[number]>`
      select run, seq, orders, type, (select count(*) from orders
        where orders.seq >= event_runs.seq and orders.seq < event_runs.seq + event_runs.orders)
        as there
      from event_runs where run > ${after} order by run limit ${atMost(pageSize)}
    `.execute(snapshot));
    for (const { seq, orders, type, there } of runs) {
      if (there === orders || (there > 0 && isAnyPruned)) continue;
      const last = seq + orders - 1;
      const where = last === seq ? `seq ${seq}` : `seq ${seq} to ${last}`;
      add('history', `"${type}" of ${orders - there} orders that are not there (${where})`);
    }
    after = runs.at(-1)?.run ?? after;
  } while (runs.length === pageSize);
}

function checkOrder(
  row: Row,
  history: readonly Event[],
  workers: ReadonlySet<string | null>,
  add: Add,
): void {
  const { order_id, status, claimed_by } = row;
  const last = history.at(-1);
  if (history[0]?.type !== 'placed') {
    add('history', `${order_id}: its history does not begin with its acceptance`);
  }
  if (last !== undefined && statusAfter[last.type] !== status) {
    add('history', `${order_id} is ${status}, its history ends with "${last.type}"`);
  }
  if (status === 'PROCESSING' && !workers.has(claimed_by)) {
    add('claims', `${order_id} is held by ${claimed_by}, whom nobody knows`);
  }
}

/** Counts an order, and what happened to it, where it should have been counted. */
function count(found: Map<string, CounterSum>, row: Row, history: readonly Event[]): void {
  const add = (counter: Counter, part = 0, ms = 0) => {
    const name = nameOf({ counter, part });
    const { orders, total_ms } = found.get(name) ?? { orders: 0, total_ms: 0 };
    found.set(name, { counter, part, orders: orders + 1, total_ms: total_ms + ms });
  };
  const addTime = (counter: Counter, duration: number) => {
    // As it is written down: a clock that was set back makes no negative times.
    const ms = Math.max(0, duration);
    add(counter, bucketOf(ms), ms);
  };
  add(`now ${row.status}`);
  if (row.claimable === 1) add('queue', blockOf(row.seq));
  for (const { type, at, attempt } of history) {
    if (type === 'failed') add('ended FAILED');
    if (type === 'cancelled') add('ended CANCELLED');
    if (type === 'started' && attempt === 1) addTime('lasted waiting', at - row.placed_at);
  }
  if (row.status === 'COMPLETED') {
    addTime('lasted processing', (row.finished_at ?? 0) - (row.started_at ?? 0));
  }
}

/** As it stands in a message. */
function nameOf({ counter, part }: Pick<CounterSum, 'counter' | 'part'>): string {
  return counter === 'queue' || counter.startsWith('lasted') ? `${counter} ${part}` : counter;
}

interface Pruned {
  readonly orders: number;
  readonly completed: number;
}

function prunedIn(kept: ReadonlyMap<string, CounterSum>): Pruned {
  const of = (counter: Counter) => kept.get(counter)?.orders ?? 0;
  const completed = of('pruned COMPLETED');
  return { completed, orders: completed + of('pruned FAILED') + of('pruned CANCELLED') };
}

/** Which faults a counter's are, by the first word of its name, where they are not of "counts". */
const faultsOf: Readonly<Record<string, Fault['in']>> = {
  ended: 'ends',
  lasted: 'times',
  queue: 'queue',
};

function compareCounters(
  kept: ReadonlyMap<string, CounterSum>,
  found: ReadonlyMap<string, CounterSum>,
  pruned: Pruned,
  add: Add,
): void {
  for (const name of new Set([...kept.keys(), ...found.keys()])) {
    const [first = ''] = name.split(' ');
    if (first === 'pruned') continue;
    const kind = faultsOf[first] ?? 'counts';
    // What was pruned is part of it still.
    const mayBeMore = pruned.orders > 0 && (kind === 'ends' || kind === 'times');
    const compare = (what: string, says = 0, is = 0) => {
      if (says === is || (mayBeMore && says > is)) return;
      add(kind, `${what}: the counter says ${says}, there are ${is}`);
    };
    compare(name, kept.get(name)?.orders, found.get(name)?.orders);
    compare(`${name} ms`, kept.get(name)?.total_ms, found.get(name)?.total_ms);
  }

  const timed = [...kept.values()].filter(({ counter }) => counter === 'lasted processing');
  const says = timed.reduce((sum, { orders }) => sum + orders, 0);
  const is = (found.get('now COMPLETED')?.orders ?? 0) + pruned.completed;
  if (says !== is) add('times', `processed: the counter says ${says}, there are ${is}`);
}

async function checkPruned(
  snapshot: Kysely<Schema>,
  betweenPages: () => Promise<void>,
  counted: number,
  add: Add,
): Promise<void> {
  let ids = 0;
  let after = '';
  let page: { order_id: string; there: number }[];
  do {
    await betweenPages();
    ({ rows: page } = await sql<(typeof page)[number]>`
      select order_id,
        (select 1 from orders where orders.order_id = pruned_orders.order_id) as there
      from pruned_orders where order_id > ${after} order by order_id limit ${atMost(pageSize)}
    `.execute(snapshot));
    for (const { order_id, there } of page) {
      if (there) add('pruned', `${order_id} was pruned, and is there`);
    }
    ids += page.length;
    after = page.at(-1)?.order_id ?? after;
  } while (page.length === pageSize);
  if (counted !== ids) add('pruned', `the counters say ${counted}, there are ${ids} ids`);
}

function collectFaults() {
  const told: Fault[] = [];
  const counts = new Map<Fault['in'], number>();
  return {
    add(kind: Fault['in'], what: string): void {
      const before = counts.get(kind) ?? 0;
      counts.set(kind, before + 1);
      if (before < maxTold) told.push({ in: kind, what });
    },
    all(): Fault[] {
      const more = [...counts].filter(([, faults]) => faults > maxTold);
      return [
        ...told,
        ...more.map(([kind, faults]) => ({ in: kind, what: `and ${faults - maxTold} more` })),
      ];
    },
  };
}
