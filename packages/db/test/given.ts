import {
  type Claim,
  createSweeper,
  type Database,
  type NewOrder,
  placeOrders,
  type RetryPolicy,
  register,
  renewLease,
  type Swept,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';

export function newOrder(orderId: string, changes: Partial<NewOrder> = {}): NewOrder {
  return {
    orderId,
    userId: 'user_1',
    itemIds: 'item_1,item_2',
    totalMinor: 9999,
    currency: 'USD',
    requestId: `request-${orderId}`,
    ...changes,
  };
}

/** Places orders with these ids, in this order. */
export function place(database: Database, ...orderIds: string[]) {
  return placeOrders(
    database,
    orderIds.map((id) => newOrder(id)),
  );
}

/** Sweeps like a worker that has watched the others for long enough. */
export async function sweep(database: Database, policy: RetryPolicy): Promise<Swept> {
  let monotonic = 0;
  const sweeper = createSweeper(database, policy, () => monotonic);
  const sweeps: Swept[] = [];
  for (; monotonic <= leaseMs / 2; monotonic += leaseMs / 4) {
    do sweeps.push(await sweeper.sweep());
    while (sweeps.at(-1)?.nextInMs === 0);
  }
  return {
    due: sweeps.reduce((sum, { due }) => sum + due, 0),
    expired: sweeps.flatMap(({ expired }) => expired),
    cancelled: sweeps.flatMap(({ cancelled }) => cancelled),
    nextInMs: sweeps.at(-1)?.nextInMs ?? Number.NaN,
  };
}

/** Makes sure that the worker's lease is alive, for the whole of `leaseMs`. */
export async function enlist(database: Database, worker: string): Promise<void> {
  if (!(await renewLease(database, worker, leaseMs))) await register(database, worker, leaseMs);
}

/** Has a registered worker claim up to `places` orders with empty hands. */
export async function claim(
  database: Database,
  worker: string,
  places: number,
  concurrency = places,
): Promise<Claim[]> {
  await enlist(database, worker);
  const request = { worker, places, holding: 0, concurrency };
  return (await settleAndClaim(database, [], request)).claims;
}

export const leaseMs = 15_000;

export const nothing = { worker: 'nobody', places: 0, holding: 0, concurrency: 1 };

export const ids = (claims: readonly Claim[]) => claims.map((claim) => claim.order.orderId);
