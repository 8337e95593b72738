/** Places orders for placing-thread.ts, which starts it. */
import { parentPort, workerData } from 'node:worker_threads';

import { closeDatabase, openDatabase } from './database.ts';
import { DatabaseUnavailable } from './errors.ts';
import { type NewOrder, placeOrders } from './place.ts';
import type { FromPlacingThread } from './placing-thread.ts';

const database = await openDatabase((workerData as { url: string }).url);
parentPort?.on('message', async (orders: string | null) => {
  if (orders === null) {
    await closeDatabase(database);
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(await outcomeOf(JSON.parse(orders)));
});
parentPort?.postMessage(null);

async function outcomeOf(orders: readonly NewOrder[]): Promise<FromPlacingThread> {
  try {
    return { placements: await placeOrders(database, orders) };
  } catch (error) {
    return { error: error as Error, unavailable: error instanceof DatabaseUnavailable };
  }
}
