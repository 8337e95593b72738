import { checkWritable, type Database } from './database.ts';
import type { NewOrder } from './new-order.ts';
import { areSentAhead, type Placement, placeOrders } from './place.ts';
import { startPlacingThread } from './placing-thread.ts';

/** Places orders of many callers in groups. */
export interface Placer {
  /**
   * Accepts one order; resolves when it is on the disk. Calls that come together, or while groups
   * are being written, share one transaction and one fsync. Orders are placed in the order of the
   * calls, unless the database has a group done again. Only one order with the same key is in hand
   * here at once: others are `key-in-flight` at once.
   *
   * @throws DatabaseUnavailable as `placeOrders`
   */
  place(order: NewOrder): Promise<Placement>;
  /**
   * Writes something that changes nothing, as orders are written.
   *
   * @throws DatabaseUnavailable when an order could not be accepted now
   */
  check(): Promise<void>;
  /** Resolves when every order given before is settled one way or the other; give none after. */
  close(): Promise<void>;
}

/** What writes groups. */
interface Writer {
  /**
   * How long it took to write the last group, in milliseconds: so long orders are collected, and then
   * given to it although more may come in the same turn of the event loop, so that both are busy.
   * Undefined where it has to wait for the end of that anyway.
   */
  readonly tookMs: number | undefined;
  place(orders: readonly NewOrder[]): Promise<Placement[]>;
  check(): Promise<void>;
}

/** Orders in one transaction at the most: bounds how long the write lock is held. */
const maxGroup = 512;
/** Groups on their way, where they are sent before those in front of them are done. */
const groupsAtOnce = 2;

/**
 * A placer that leaves this thread to its other work while groups are written.
 *
 * @param url - of `database`
 * @throws DatabaseUnusable
 */
export async function startPlacer(database: Database, url: string): Promise<Placer> {
  if (!database.blocks) return createPlacer(database);
  const thread = await startPlacingThread(database, url);
  const placer = createPlacer(database, thread);
  return {
    ...placer,
    async close() {
      await placer.close();
      await thread.end();
    },
  };
}

/** A placer that writes in this thread. */
export function createPlacer(
  database: Database,
  writer: Writer = {
    tookMs: undefined,
    place: (orders) => placeOrders(database, orders),
    check: () => checkWritable(database),
  },
): Placer {
  let waiting: Waiting[] = [];
  let waitingSince = 0;
  let collecting: Promise<void> | undefined;
  const groups = new Set<Promise<void>>();
  /** Whether nothing may be sent until the last group is done. */
  let isHeldUp = false;
  const keysInHand = new Set<string>();

  async function collect(): Promise<void> {
    // One turn of the event loop: every request that has arrived by now is in the group.
    await new Promise((resolve) => setImmediate(resolve));
    collecting = undefined;
    sendGroups();
  }

  function mayBeSent(): boolean {
    return !isHeldUp && groups.size < groupsAtOnce;
  }

  function sendGroups(): void {
    while (waiting.length > 0 && mayBeSent()) {
      const group = waiting.slice(0, maxGroup);
      const goesAlone = !areSentAhead(
        database,
        group.map(({ order }) => order),
      );
      // What is looked up first could be overtaken by what is not, and the other way round.
      if (goesAlone && groups.size > 0) return;
      waiting = waiting.slice(maxGroup);
      isHeldUp = goesAlone;
      const written = settle(group, writer).then(() => {
        groups.delete(written);
        isHeldUp = false;
        sendGroups();
      });
      groups.add(written);
    }
  }

  function placeInGroup(order: NewOrder): Promise<Placement> {
    return new Promise((resolve, reject) => {
      if (waiting.length === 0) waitingSince = performance.now();
      waiting.push({ order, resolve, reject });
      if (!mayBeSent()) return;
      const { tookMs } = writer;
      if (tookMs !== undefined && performance.now() - waitingSince > tookMs) sendGroups();
      else collecting ??= collect();
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
    check: () => writer.check(),
    async close() {
      while (collecting !== undefined || groups.size > 0)
        await Promise.all([collecting, ...groups]);
    },
  };
}

interface Waiting {
  readonly order: NewOrder;
  resolve(placement: Placement): void;
  reject(error: unknown): void;
}

/** Never rejects: each caller gets the outcome, or the error, of its own order. */
async function settle(group: readonly Waiting[], { place }: Writer): Promise<void> {
  try {
    const placements = await place(group.map(({ order }) => order));
    for (const [i, { resolve }] of group.entries()) resolve(placements[i] as Placement);
  } catch (error) {
    for (const { reject } of group) reject(error);
  }
}
