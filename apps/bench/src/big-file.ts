import { connect, makeEmpty } from './orders.ts';

/** What an order of a big file has as its id: numbers that jump about, as in a UUID. */
export function bigFileId(number: number): string {
  return `${jumping(number)}-${number}`;
}

/** Eight digits: a number's successor lies anywhere. */
export function jumping(number: number): string {
  // Not by `*`: from 3.4 million on the product has more digits than a number.
  return (Math.imul(number, 2_654_435_761) >>> 0).toString(16).padStart(8, '0');
}

/**
 * Makes a file with this many orders of the past days, all completed, as if they had been placed
 * and processed one by one: orders, history, counters and histograms agree. Written by SQL, a few
 * microseconds an order; nobody else may have the file open.
 */
export async function makeBig(path: string, orders: number): Promise<void> {
  await makeEmpty(path);
  const database = connect(path);
  // A crash while it is made leaves nothing that anyone wants.
  database.pragma('journal_mode = off');
  database.pragma('synchronous = off');
  database.pragma('cache_size = -2000000');
  const indexes = database
    .prepare(`select name, sql from sqlite_schema where type = 'index' and sql is not null`)
    .all() as { name: string; sql: string }[];
  // Built in one go, sorted, for a fraction of the time, when nine tenths of the orders are there: pages
  // built so are full, and those that orders came to one by one are not.
  for (const { name } of indexes) database.exec(`drop index ${name}`);
  const begin = Date.now() - orders * betweenMs - 60_000;
  const wait = 40;
  const work = 2000;
  const sorted = Math.floor(orders * 0.9);
  const insertOrders = (from: number, to: number) =>
    database.exec(`
      insert into orders (seq, order_id, user_id, total_minor, currency, status, attempt, placed_at,
        started_at, finished_at, request_id, item_ids)
      ${numbers(from, to)}
      select n + 1, printf('%08x-%d', (n * 2654435761) % 4294967296, n),
        printf('user_%d', n * 7919 % 99991), 100 + n % 100000, 'USD', 'COMPLETED', 1,
        ${begin} + n * ${betweenMs}, ${begin + wait} + n * ${betweenMs},
        ${begin + wait + work} + n * ${betweenMs},
        printf('%08x-0000-4000-8000-%012x', n, n),
        printf('item_%d,item_%d', n % 1000, n % 777)
      from numbers`);
  database.exec('begin');
  insertOrders(0, sorted);
  database.exec(`
    insert into event_runs (seq, orders, type, at, attempt, worker)
    ${numbers(0, orders)},
    kinds (kind, type, at, attempt, worker) as (values
      (0, 'placed', ${begin}, 0, null),
      (1, 'started', ${begin + wait}, 1, 'host:1:00000000'),
      (2, 'completed', ${begin + wait + work}, 1, 'host:1:00000000'))
    select n + 1, 1, type, at + n * ${betweenMs}, attempt, worker from numbers cross join kinds`);
  const add = database.prepare(
    'insert into counters (counter, part, slot, orders, total_ms) values (?, ?, 0, ?, ?)',
  );
  add.run('now COMPLETED', 0, orders, 0);
  add.run('lasted waiting', bucketOf(wait), orders, orders * wait);
  add.run('lasted processing', bucketOf(work), orders, orders * work);
  for (const { sql } of indexes) database.exec(sql);
  insertOrders(sorted, orders);
  database.exec('commit');
  database.pragma('journal_mode = wal');
  database.close();
}

/** From one order to the next. */
const betweenMs = 10;

// The bounds of packages/db's histograms: eight buckets to each doubling.
const bucketOf = (ms: number) => Math.ceil(8 * Math.log2(ms));

/** From one number up to another, which is not among them. */
function numbers(from: number, to: number): string {
  return `with recursive numbers (n) as
    (select ${from} union all select n + 1 from numbers where n < ${to - 1})`;
}
