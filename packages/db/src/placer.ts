import type { Database } from './database.ts';
import { type NewOrder, type Placement, placeOrders } from './place.ts';

/** Places orders of many callers in groups. */
export interface Placer {
  /**
   * Accepts one order; resolves when it is on the disk. Calls that come together, or while a
   * group is being written, share one transaction and one fsync, in the order of the calls. Only
   * one order with the same key is in hand here at once: others are `key-in-flight` at once.
   *
   * @throws DatabaseUnavailable as `placeOrders`
   */
  place(order: NewOrder): Promise<Placement>;
  /** Resolves when every order given so far is settled one way or the other. */
  drained(): Promise<void>;
}

/** Orders in one transaction at the most: bounds how long the write lock is held. */
const maxGroup = 512;

export function createPlacer(database: Database): Placer {
  let waiting: Waiting[] = [];
  let writing: Promise<void> | undefined;
  const keysInHand = new Set<string>();

  async function writeGroups(): Promise<void> {
    // One turn of the event loop: every request that has arrived by now is in the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      await writeGroup(database, group);
    }
    writing = undefined;
  }

  function placeInGroup(order: NewOrder): Promise<Placement> {
    return new Promise((resolve, reject) => {
      waiting.push({ order, resolve, reject });
      writing ??= writeGroups();
    });
  }

  return {
    async place(order) {
      const key = order.idempotency?.key;
      if (key === undefined) return placeInGroup(order);
      if (keysInHand.has(key)) return 'key-in-flight';
      keysInHand.add(key);
      return placeInGroup(order).finally(() => keysInHand.delete(key));
    },
    async drained() {
      await writing;
    },
  };
}

interface Waiting {
  readonly order: NewOrder;
  resolve(placement: Placement): void;
  reject(error: unknown): void;
}

/** Never rejects: each caller gets the outcome, or the error, of its own order. */
async function writeGroup(database: Database, group: readonly Waiting[]): Promise<void> {
  try {
    const placements = await placeOrders(
      database,
      group.map(({ order }) => order),
    );
    for (const [i, { resolve }] of group.entries()) resolve(placements[i] as Placement);
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
