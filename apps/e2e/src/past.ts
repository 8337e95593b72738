import {
  type Claim,
  cancelOrder,
  closeDatabase,
  type NewOrder,
  type Outcome,
  openDatabase,
  placeOrders,
  register,
  settleAndClaim,
} from '@orders/db';

const stepMs = 1000;
const steps = 290;
const workers = ['shop-1:2114:9f86d081', 'shop-2:871:4c1d02aa'];
const inHandEach = 3;
const users = ['17850', 'anna@example.org', '13047', 'user_1', '12583', 'jo@example.org'];
const items = ['85123A', '71053', '84406B', '84029G', '22752', '21730', 'GIFT VOUCHER'];
const unknown = '22139X';

/**
 * Gives an empty database a past: what a small shop has done in the minutes before now, by the
 * same functions by which the service does it, with a clock that is set back. The same each time.
 * Its workers are alive for another minute, as far as anybody can see.
 */
export async function makePast(url: string, now: number): Promise<void> {
  let at = now - steps * stepMs;
  const database = await openDatabase(url, { clock: () => at });
  const chance = chances(7);
  const hands = new Map(workers.map((worker) => [worker, [] as { claim: Claim; until: number }[]]));
  let placed = 0;
  let waiting = 0;
  for (const worker of workers) await register(database, worker, now - at + 60_000);

  for (let step = 0; step <= steps; step += 1) {
    at = now - (steps - step) * stepMs;
    const rush = 1.2 + Math.sin(step / 35) + Math.sin(step / 7) / 2;
    const count = Math.floor(chance() * Math.max(0.8, rush) * 2);
    const orders = Array.from({ length: count }, () => orderOf(placed++, chance));
    if (orders.length > 0) await placeOrders(database, orders);
    waiting += count;
    if (step % 90 === 60) {
      await cancelOrder(database, idOf(placed - 1), 'ordered by mistake');
      waiting -= 1;
    }
    for (const [worker, held] of hands) {
      const ended = held.filter(({ until }) => until <= at);
      hands.set(
        worker,
        held.filter((one) => !ended.includes(one)),
      );
      const holding = hands.get(worker)?.length ?? 0;
      if (ended.length === 0 && waiting === 0) continue;
      const { claims } = await settleAndClaim(
        database,
        ended.map(({ claim }) => outcomeOf(claim)),
        { worker, places: inHandEach - holding, holding, concurrency: inHandEach },
      );
      const taken = claims.map((claim) => ({ claim, until: at + 1000 + chance() * 3000 }));
      hands.get(worker)?.push(...taken);
      waiting += ended.filter(({ claim }) => failsAgain(claim)).length - claims.length;
    }
  }
  await closeDatabase(database);
}

const idOf = (number: number) => `${536_365 + number}`;

function orderOf(number: number, chance: () => number): NewOrder {
  const pick = () => items[Math.floor(chance() * items.length)] as string;
  const wanted = Array.from({ length: 1 + Math.floor(chance() * 5) }, pick);
  if (number % 29 === 11) wanted.push(unknown);
  return {
    orderId: idOf(number),
    userId: users[Math.floor(chance() * users.length)] as string,
    itemIds: wanted.join(','),
    totalMinor: 300 + Math.floor(chance() * 20_000),
    currency: number % 5 === 0 ? 'EUR' : 'GBP',
    requestId: `past-${number}`,
  };
}

function outcomeOf(claim: Claim): Outcome {
  if (!claim.order.itemIds.includes(unknown)) return { claim, result: 'completed' };
  const error = `The warehouse does not know the item ${unknown}`;
  return { claim, result: 'failed', error, retryInMs: failsAgain(claim) ? 0 : null };
}

function failsAgain({ order, attempt }: Claim): boolean {
  return order.itemIds.includes(unknown) && attempt < 3;
}

/** Numbers from 0 to 1, the same each time: a linear congruential generator (Numerical Recipes). */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
