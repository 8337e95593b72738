import {
  checkWritable,
  type Database,
  findOrder,
  type Metrics,
  type NewOrder,
  type Order,
  type Placer,
  readMetrics,
} from '@orders/db';

/** What the API does with the database; every call may reject with `DatabaseUnavailable`. */
export interface Store {
  place(order: NewOrder): Promise<'placed' | 'duplicate'>;
  find(orderId: string): Promise<Order | undefined>;
  metrics(): Promise<Metrics>;
  checkWritable(): Promise<void>;
}

export function storeIn(database: Database, placer: Placer): Store {
  return {
    place: (order) => placer.place(order),
    find: (orderId) => findOrder(database, orderId),
    metrics: () => readMetrics(database),
    checkWritable: () => checkWritable(database),
  };
}
