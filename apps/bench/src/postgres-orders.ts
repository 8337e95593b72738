import { closeDatabase, type Database, openDatabase, readMetrics } from '@orders/db';

import { rateOf, same } from './orders.ts';

/** Resolves when this many orders have ended. */
export async function waitForEndOn(url: string, orders: number, timeoutMs = 120_000) {
  const giveUpAt = performance.now() + timeoutMs;
  await withDatabase(url, async (database) => {
    for (;;) {
      const { completedOrders } = await readMetrics(database);
      if (completedOrders >= orders) return;
      if (performance.now() > giveUpAt) {
        throw new Error(`${completedOrders} of ${orders} are completed after ${timeoutMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
}

/** As `completionRate`, of all orders on a PostgreSQL. */
export function completionRateOn(url: string): Promise<number> {
  return withDatabase(url, async ({ reader }) => {
    const completed = await reader
      .selectFrom('event_runs')
      .select(['at', 'orders'])
      .where('type', '=', 'completed')
      .orderBy('at')
      .execute();
    return rateOf(completed.flatMap(({ at, orders }) => Array<number>(orders).fill(at)));
  });
}

/** As `verifyCompleted`, on a PostgreSQL. @throws with what differs */
export async function verifyCompletedOn(url: string, orders: number): Promise<void> {
  same(await count(url), {
    ...{ completed: orders, attempts: orders },
    ...{ eventsPlaced: orders, eventsStarted: orders, eventsCompleted: orders },
    ...{ ordersPlaced: orders, ordersStarted: orders, ordersCompleted: orders },
    ...{ countedCompleted: orders, counted: orders, queued: 0 },
  });
}

/** As `verifyPlaced`, on a PostgreSQL. @throws with what differs */
export async function verifyPlacedOn(
  url: string,
  placed: number,
  connections: number,
): Promise<void> {
  const found = await count(url);
  const { orders = 0 } = found;
  if (orders < placed || orders > placed + connections) {
    throw new Error(`${placed} orders were placed, ${orders} are in the database`);
  }
  same(found, {
    ...{ completed: 0, attempts: 0, countedCompleted: 0 },
    ...{ eventsPlaced: orders, ordersPlaced: orders, eventsStarted: 0 },
    ...{ counted: orders, queued: orders },
  });
}

function count(url: string): Promise<Record<string, number>> {
  return withDatabase(url, async ({ reader }) => {
    const orders = await reader
      .selectFrom('orders')
      .select(({ fn, eb }) => [
        fn.countAll<number>().as('orders'),
        fn.coalesce(fn.sum<number>('attempt'), eb.lit(0)).as('attempts'),
        fn.countAll<number>().filterWhere('status', '=', 'COMPLETED').as('completed'),
      ])
      .executeTakeFirstOrThrow();
    const counters = await reader
      .selectFrom('counters')
      .select(['counter', ({ fn }) => fn.sum<number>('orders').as('orders')])
      .groupBy('counter')
      .execute();
    const counted = (which: RegExp) =>
      counters.reduce((sum, { counter, orders }) => sum + (which.test(counter) ? orders : 0), 0);
    const events = await reader
      .selectFrom('order_events')
      .select(({ fn }) => [
        'type',
        fn.countAll<number>().as('events'),
        fn.count<number>('seq').distinct().as('orders'),
      ])
      .groupBy('type')
      .execute();
    const of = new Map(events.map((row) => [row.type, row]));
    return {
      ...orders,
      counted: counted(/^now /),
      countedCompleted: counted(/^now COMPLETED$/),
      queued: counted(/^queue$/),
      eventsPlaced: of.get('placed')?.events ?? 0,
      ordersPlaced: of.get('placed')?.orders ?? 0,
      eventsStarted: of.get('started')?.events ?? 0,
      ordersStarted: of.get('started')?.orders ?? 0,
      eventsCompleted: of.get('completed')?.events ?? 0,
      ordersCompleted: of.get('completed')?.orders ?? 0,
    };
  });
}

async function withDatabase<T>(url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(url);
  try {
    return await work(database);
  } finally {
    await closeDatabase(database);
  }
}
