import { type Database, write } from './database.ts';
import type { NewOrder } from './new-order.ts';
import { insertOrders } from './place.ts';

/** `skipped`: nothing was wrong with this one, but nothing is placed because of others. */
export type PlacementTogether = 'placed' | 'duplicate' | 'skipped';

/**
 * Accepts all orders, in the order given, in one transaction with one fsync; or, when an id
 * among them had been accepted before or stands there twice, none.
 *
 * @param orders - up to some 10,000: nobody else can write meanwhile; keys are not looked at
 * @returns for each order, in the order given: all `placed`, or which were the duplicates
 * @throws DatabaseUnavailable when nothing was placed
 */
export async function placeAllOrNone(
  database: Database,
  orders: readonly NewOrder[],
): Promise<PlacementTogether[]> {
  try {
    return await write(database, async (writing) => {
      const placements = await insertOrders(writing, orders);
      if (placements.includes('duplicate')) throw new NotAll(placements);
      return placements;
    });
  } catch (error) {
    if (!(error instanceof NotAll)) throw error;
    return error.placements.map((placement) => (placement === 'placed' ? 'skipped' : placement));
  }
}

/** Thrown for the rollback alone. */
class NotAll extends Error {
  readonly placements: readonly ('placed' | 'duplicate')[];

  constructor(placements: readonly ('placed' | 'duplicate')[]) {
    super();
    this.placements = placements;
  }
}
