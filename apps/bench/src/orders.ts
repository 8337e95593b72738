import { closeDatabase, type NewOrder, openDatabase, placeOrders } from '@orders/db';
import BetterSqlite3 from 'better-sqlite3';

import type { Scratch } from './scratch.ts';
import { urlOf } from './service.ts';

const group = 500;

/** An order like those of the README; each user has ten or so. */
export function newOrder(number: number, prefix = 'order'): NewOrder {
  return {
    orderId: `${prefix}-${number}`,
    userId: `user_${number % 99_991}`,
    itemIds: `item_${number % 1000},item_${number % 777}`,
    totalMinor: 100 + (number % 100_000),
    currency: 'USD',
    requestId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
  };
}

/**
 * Makes a file with this many orders that wait, placed by packages/db; or has them in a database
 * that there is.
 *
 * @param path - of the file, or `postgres://…`
 */
export async function makePending(path: string, orders: number, prefix?: string): Promise<void> {
  const database = await openDatabase(urlOf(path));
  for (let first = 0; first < orders; first += group) {
    const length = Math.min(group, orders - first);
    await placeOrders(
      database,
      Array.from({ length }, (_, i) => newOrder(first + i, prefix)),
    );
  }
  await closeDatabase(database);
}

/** Makes an empty file, with all tables. */
export async function makeEmpty(path: string): Promise<void> {
  await closeDatabase(await openDatabase(`file:${path}`));
}

/**
 * Copies everything that orders have brought with them from a file into another that has no
 * orders, in one transaction: who watches that file gets to see all of them at once.
 */
export function pourInto(path: string, from: string): void {
  const database = connect(path);
  try {
    database.prepare('attach ? as source').run(from);
    database
      .transaction(() => {
        for (const table of tablesOf(database)) {
          database.exec(`insert or replace into main.${table} select * from source.${table}`);
        }
      })
      .immediate();
  } finally {
    database.close();
  }
}

function tablesOf(database: BetterSqlite3.Database): string[] {
  const names = database
    .prepare(
      `select name from main.sqlite_schema where type = 'table' and name not like 'sqlite_%'
         and name not like 'kysely_%' and name <> 'workers'
       order by name = 'orders' desc`,
    )
    .pluck()
    .all();
  return names as string[];
}

/** Resolves when this many orders have ended. */
export async function waitForEnd(path: string, orders: number, timeoutMs = 120_000) {
  const database = connect(path);
  const giveUpAt = performance.now() + timeoutMs;
  try {
    const ended = database.prepare(`select ${counted(`counter = 'now COMPLETED'`)}`).pluck();
    while ((ended.get() as number) < orders) {
      if (performance.now() > giveUpAt) {
        throw new Error(`${ended.get()} of ${orders} orders are completed after ${timeoutMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  } finally {
    database.close();
  }
}

/**
 * How fast orders were completed, by the history in the file: between the end of those that warm up
 * and the last. Which processes did it does not matter.
 *
 * @param orders - how many, the last in the file
 * @param warmUp - the share of them that warms up; a fifth, if nothing else is said
 * @returns orders a second
 */
export function completionRate(path: string, orders: number, warmUp?: number): number {
  const database = connect(path);
  try {
    const times: number[] = [];
    const runs = database.prepare(
      `select at, orders from event_runs where type = 'completed' order by run desc`,
    );
    for (const run of runs.iterate() as Iterable<{ at: number; orders: number }>) {
      for (let i = 0; i < run.orders; i += 1) times.push(run.at);
      if (times.length >= orders) break;
    }
    return rateOf(times.slice(0, orders).reverse(), warmUp);
  } finally {
    database.close();
  }
}

/**
 * @param times - of completions, in milliseconds, the earliest first
 * @param warmUp - the share of them that warms up; a fifth, if nothing else is said
 */
export function rateOf(times: readonly number[], warmUp = 1 / 5): number {
  const begin = times[Math.floor(times.length * warmUp)] ?? 0;
  const end = times.at(-1) ?? 0;
  return (times.filter((at) => at > begin).length * 1000) / (end - begin);
}

/** How many completions the history has from one moment up to another, by the worker's clock. */
export function completedBetween(path: string, from: number, to: number): number {
  const within = `type = 'completed' and at between ${from} and ${to}`;
  return pluck(path, `select coalesce(sum(orders), 0) from event_runs where ${within}`);
}

/** When the last order was completed, in milliseconds since 1970. */
export function lastCompletion(path: string): number {
  return pluck(path, `select max(at) from event_runs where type = 'completed'`);
}

export function ordersIn(path: string): number {
  return pluck(path, 'select count(*) from orders');
}

function pluck(path: string, query: string): number {
  const database = connect(path);
  try {
    return database.prepare(query).pluck().get() as number;
  } finally {
    database.close();
  }
}

/**
 * Makes sure that the file holds this many orders, all completed after one attempt, and that
 * orders, history and counters say the same.
 *
 * @throws with what differs
 */
export function verifyCompleted(path: string, orders: number): void {
  const found = count(path);
  const wanted = { orders, completed: orders, attempts: orders };
  const history = { placed: orders, started: orders, done: orders, ordersDone: orders };
  same(found, { ...wanted, ...history, countedCompleted: orders, counted: orders, queued: 0 });
}

/**
 * Makes sure that all orders that a client was told of are in the file, pending, and that orders,
 * history and counters say the same. Those that were under way when the client went away, one a
 * connection, may have been accepted unheard.
 */
export function verifyPlaced(path: string, placed: number, connections: number): void {
  const found = count(path);
  if (found.orders < placed || found.orders > placed + connections) {
    throw new Error(`${placed} orders were placed, ${found.orders} are in the file`);
  }
  const { orders } = found;
  same(found, {
    completed: 0,
    attempts: 0,
    placed: orders,
    started: 0,
    counted: orders,
    queued: orders,
  });
}

const counted = (which: string) => `(select coalesce(sum(orders), 0) from counters where ${which})`;

type Counts = Record<
  'orders' | 'completed' | 'attempts' | 'placed' | 'started' | 'done' | 'counted',
  number
>;

function count(path: string): Counts {
  const database = connect(path);
  try {
    return database
      .prepare(
        `select orders, completed, attempts, placed, started, done, ordersDone,
           ${counted(`counter = 'queue'`)} as queued,
           ${counted(`counter = 'now COMPLETED'`)} as countedCompleted,
           ${counted(`counter like 'now %'`)} as counted
         from
           (select count(*) as orders, sum(status = 'COMPLETED') as completed,
              sum(attempt) as attempts from orders),
           (select sum(orders) filter (where type = 'placed') as placed,
              coalesce(sum(orders) filter (where type = 'started'), 0) as started,
              sum(orders) filter (where type = 'completed') as done from event_runs),
           (select count(distinct seq) as ordersDone from order_events where type = 'completed')`,
      )
      .get() as Counts;
  } finally {
    database.close();
  }
}

/** @throws with what differs */
export function same(found: Record<string, unknown>, wanted: Record<string, unknown>): void {
  for (const [what, value] of Object.entries(wanted)) {
    if (found[what] === value) continue;
    throw new Error(`${what} is ${found[what]}, not ${value}: ${JSON.stringify(found)}`);
  }
}

export function connect(path: string): BetterSqlite3.Database {
  return new BetterSqlite3(path, { fileMustExist: true, timeout: 5000 });
}

/** Keeps one file of each kind for as long as the scratch lives. */
export function fileCache(scratch: Scratch) {
  const made = new Map<string, Promise<string>>();
  return (name: string, make: (path: string) => Promise<void>): Promise<string> => {
    const path = scratch.path(name);
    const file = made.get(name) ?? make(path).then(() => path);
    made.set(name, file);
    return file;
  };
}
