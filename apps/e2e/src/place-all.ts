import { type Database, placeOrders } from '@orders/db';

/** Places orders with these ids by the package: each as good as another. */
export async function placeAll(database: Database, orderIds: readonly string[]): Promise<void> {
  await placeOrders(
    database,
    orderIds.map((orderId) => ({
      ...{ orderId, userId: 'user_1', itemIds: 'item_1', totalMinor: 100 },
      ...{ currency: 'USD', requestId: 'r' },
    })),
  );
}
