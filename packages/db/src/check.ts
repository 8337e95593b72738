import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';

import { claimable } from './claimable.ts';
import { type Database, read } from './database.ts';
import { longestRun } from './event-runs.ts';
import { statusAfter } from './events.ts';
import { bucketOf } from './histogram.ts';
import { atMost } from './limit.ts';
import { blockOf } from './queue-blocks.ts';
import type { OrderStatus, Schema, TransitionType } from './schema.ts';

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
 * @param onProgress - told how many orders were read
 * @throws DatabaseUnavailable when it cannot be read
 */
export async function checkDatabase(
  database: Database,
  onProgress: (orders: number) => void = () => {},
): Promise<Fault[]> {
  const damage = await database.findDamage();
  // What is damaged says anything.
  if (damage.length > 0) return damage.map((what) => ({ in: 'file', what }));
  return read(database, async (snapshot) => {
    const faults = collectFaults();
    for (const what of await database.catalog.findMiscounted(snapshot)) faults.add('claims', what);
    const workers = await snapshot.selectFrom('workers').select('worker').execute();
    const tally = emptyTally();
    const known = new Set<string | null>(workers.map(({ worker }) => worker));
    await walkOrders(snapshot, (row, history) => {
      checkOrder(row, history, known, faults.add);
      count(tally, row, history);
      onProgress(tally.orders);
    });
    const pruned = await checkPruned(snapshot, faults.add);
    await checkRuns(snapshot, pruned, faults.add);
    await compareCounters(snapshot, tally, pruned, faults.add);
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
  visit: (row: Row, history: readonly Event[]) => void,
): Promise<void> {
  let after = 0;
  let rows: Row[];
  do {
    // Of a file nothing is ever waited for: signals and timers would not be heard until the end.
    await nextTurn();
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
  pruned: ReadonlyMap<string, number>,
  add: Add,
): Promise<void> {
  let after = 0;
  let runs: { run: number; seq: number; orders: number; type: TransitionType; there: number }[];
  do {
    await nextTurn();
    ({ rows: runs } = await sql<(typeof runs)[number]>`
      select run, seq, orders, type, (select count(*) from orders
        where orders.seq >= event_runs.seq and orders.seq < event_runs.seq + event_runs.orders)
        as there
      from event_runs where run > ${after} order by run limit ${atMost(pageSize)}
    `.execute(snapshot));
    for (const { seq, orders, type, there } of runs) {
      if (there === orders || (there > 0 && isAny(pruned))) continue;
      const last = seq + orders - 1;
      const where = last === seq ? `seq ${seq}` : `seq ${seq} to ${last}`;
      add('history', `"${type}" of ${orders - there} orders that are not there (${where})`);
    }
    after = runs.at(-1)?.run ?? after;
  } while (runs.length === pageSize);
}

const isAny = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].some((orders) => orders > 0);

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

/** What the counters should be. */
interface Tally {
  orders: number;
  readonly counts: Map<string, number>;
  readonly ends: Map<string, number>;
  /** By kind and bucket. */
  readonly times: Map<string, { orders: number; ms: number }>;
  readonly blocks: Map<string, number>;
}

function emptyTally(): Tally {
  return { orders: 0, counts: new Map(), ends: new Map(), times: new Map(), blocks: new Map() };
}

function count(tally: Tally, row: Row, history: readonly Event[]): void {
  tally.orders += 1;
  increase(tally.counts, row.status);
  if (row.claimable === 1) increase(tally.blocks, `${blockOf(row.seq)}`);
  for (const { type, at, attempt } of history) {
    if (type === 'failed') increase(tally.ends, 'FAILED');
    if (type === 'cancelled') increase(tally.ends, 'CANCELLED');
    if (type === 'started' && attempt === 1) addTime(tally, 'waiting', at - row.placed_at);
  }
  if (row.status === 'COMPLETED') {
    addTime(tally, 'processing', (row.finished_at ?? 0) - (row.started_at ?? 0));
  }
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function addTime({ times }: Tally, kind: string, duration: number): void {
  // As it is written down: a clock that was set back makes no negative times.
  const ms = Math.max(0, duration);
  const key = `${kind} ${bucketOf(ms)}`;
  const sum = times.get(key) ?? { orders: 0, ms: 0 };
  times.set(key, { orders: sum.orders + 1, ms: sum.ms + ms });
}

async function compareCounters(
  snapshot: Kysely<Schema>,
  tally: Tally,
  pruned: Map<string, number>,
  add: Add,
): Promise<void> {
  const kept = (table: string, key: string) => readSums(snapshot, table, key);
  /** What was pruned is part of it still. */
  const lasting = isAny(pruned) ? isAtLeast : isEqual;

  compare('counts', await kept('order_counts', 'status'), tally.counts, isEqual, add);
  compare('queue', await kept('queue_blocks', 'block'), tally.blocks, isEqual, add);
  compare('ends', await kept('order_ends', 'status'), tally.ends, lasting, add);
  const completed = (tally.counts.get('COMPLETED') ?? 0) + (pruned.get('COMPLETED') ?? 0);
  const timed = (await kept('order_durations', 'kind')).get('processing') ?? 0;
  compare(
    'times',
    new Map([['processed', timed]]),
    new Map([['processed', completed]]),
    isEqual,
    add,
  );

  const times = await snapshot
    .selectFrom('order_durations')
    .select(['kind', 'bucket'])
    .select(({ fn }) => [
      fn.sum<number>('orders').as('orders'),
      fn.sum<number>('total_ms').as('ms'),
    ])
    .groupBy(['kind', 'bucket'])
    .execute();
  const keptTimes = (field: 'orders' | 'ms') =>
    new Map(times.map((row) => [`${row.kind} ${row.bucket} ${field}`, Number(row[field])]));
  const foundTimes = (field: 'orders' | 'ms') =>
    new Map(Array.from(tally.times, ([key, sums]) => [`${key} ${field}`, sums[field]]));
  for (const field of ['orders', 'ms'] as const) {
    compare('times', keptTimes(field), foundTimes(field), lasting, add);
  }
}

/** The counters of a table, summed up over the slots. */
async function readSums(
  snapshot: Kysely<Schema>,
  table: string,
  key: string,
): Promise<Map<string, number>> {
  const { rows } = await sql<{ key: string | number; orders: number }>`
    select ${sql.ref(key)} as key, sum(orders) as orders from ${sql.table(table)}
    group by ${sql.ref(key)}
  `.execute(snapshot);
  return new Map(rows.map((row) => [`${row.key}`, row.orders]));
}

const isEqual = (kept: number, found: number) => kept === found;
const isAtLeast = (kept: number, found: number) => kept >= found;

function compare(
  kind: Fault['in'],
  kept: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number>,
  fits: typeof isEqual,
  add: Add,
): void {
  for (const key of new Set([...kept.keys(), ...found.keys()])) {
    const [keptOrders, foundOrders] = [kept.get(key) ?? 0, found.get(key) ?? 0];
    if (fits(keptOrders, foundOrders)) continue;
    add(kind, `${key}: the counter says ${keptOrders}, there are ${foundOrders}`);
  }
}

/** @returns how many were pruned, by how they had ended */
async function checkPruned(snapshot: Kysely<Schema>, add: Add): Promise<Map<string, number>> {
  let ids = 0;
  let after = '';
  let page: { order_id: string; there: number }[];
  do {
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
  const counts = await readSums(snapshot, 'pruned_counts', 'status');
  const sum = [...counts.values()].reduce((orders, more) => orders + more, 0);
  if (sum !== ids) add('pruned', `the counters say ${sum}, there are ${ids} ids`);
  return counts;
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
