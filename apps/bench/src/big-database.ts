import { closeDatabase, openDatabase } from '@orders/db';
import pg from 'pg';

/**
 * Makes a database on a PostgreSQL server with this many completed orders, without their history:
 * what it costs to claim does not depend on it. Written by SQL, some ten microseconds an order.
 *
 * @param unseen - orders that went through the queue since autovacuum last came, which it does no
 *   more: each leaves two dead versions of its row behind
 */
export async function makeBigDatabase(url: string, orders: number, unseen: number): Promise<void> {
  await closeDatabase(await openDatabase(url));
  const client = new pg.Client(url);
  await client.connect();
  try {
    await fill(client, orders);
    await client.query('vacuum analyze orders');
    if (unseen > 0) await goThroughQueue(client, orders, unseen);
    await client.query(
      `insert into counters (counter, part, slot, orders, total_ms)
        values ('now COMPLETED', 0, 0, $1, 0)`,
      [orders + unseen],
    );
    // Not in the middle of what is measured.
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

async function fill(client: pg.Client, orders: number): Promise<void> {
  const { rows } = await client.query(
    `select indexname as name, indexdef as definition from pg_indexes
    where tablename = 'orders' and indexname not in
      (select conname from pg_constraint where conrelid = 'orders'::regclass)`,
  );
  // Built in one go afterwards, sorted: a fraction of the time.
  for (const { name } of rows) await client.query(`drop index ${name}`);
  await client.query(`
    insert into orders (order_id, user_id, total_minor, currency, status, attempt, placed_at,
      started_at, finished_at, request_id, item_ids)
    ${valuesOf('n', `'COMPLETED', 1, n * 10, n * 10 + 40, n * 10 + 2040`)}
    from generate_series(1, ${orders}::bigint) as n`);
  for (const { definition } of rows) await client.query(definition);
}

async function goThroughQueue(client: pg.Client, orders: number, unseen: number): Promise<void> {
  await client.query('alter table orders set (autovacuum_enabled = off)');
  await client.query('set enable_seqscan = off');
  const from = orders + 1;
  await client.query(`
    insert into orders (order_id, user_id, total_minor, currency, status, attempt, placed_at,
      started_at, finished_at, request_id, item_ids)
    ${valuesOf('n', `'PENDING', 0, n * 10, null, null`)}
    from generate_series(${from}::bigint, ${orders + unseen}) as n`);
  for (let first = from; first < from + unseen; first += 1000) {
    const these = `seq between ${first} and ${Math.min(first + 999, orders + unseen)}`;
    await client.query(`update orders set status = 'PROCESSING', claimed_by = 'w', attempt = 1,
      started_at = placed_at where ${these}`);
    await client.query(`update orders set status = 'COMPLETED', claimed_by = null,
      finished_at = placed_at where ${these}`);
  }
}

/** Ids that jump about as UUIDs do, 100 thousand users. */
function valuesOf(n: string, state: string): string {
  return `select lpad(to_hex((${n} * 2654435761) % 4294967296), 8, '0') || '-' || ${n},
    'user_' || (${n} * 7919 % 99991), 100 + ${n} % 100000, 'USD', ${state},
    lpad(to_hex(${n}), 8, '0') || '-0000-4000-8000-000000000000',
    'item_' || (${n} % 1000) || ',item_' || (${n} % 777)`;
}
