import { expect } from 'chai';
import fc from 'fast-check';

import { type Cancellation, cancelOrder, findCancelRequests } from '../src/cancel.ts';
import type { claimOrders } from '../src/claim.ts';
import { write } from '../src/database.ts';
import {
  type Claim,
  checkDatabase,
  diedInHand,
  failedAttempt,
  hasEnded,
  type OrderStatus,
  type Outcome,
  placeOrders,
  pruneOrders,
  readFigures,
  readMetrics,
  register,
  renewLease,
  retryOrder,
} from '../src/index.ts';
import { settleAndClaim } from '../src/round.ts';
import { onEveryDatabase, type Subject } from './databases.ts';
import { ids, leaseMs, newOrder, sweep } from './given.ts';

const policy = { maxAttempts: 2, retryBackoffMs: 1000 };
/** Half the backoff, every time. */
const half = () => 0.5;
const concurrencyOf = [1, 3, 100];
const results = ['completed', 'failed', 'released', 'died'] as const;

/** The queue as plain objects: what must hold, with no thought of speed or of databases. */
interface ModelOrder {
  id: string;
  status: OrderStatus;
  attempt: number;
  unspent: number;
  crashes: number;
  alone: boolean;
  holder: string | null;
  retryAt: number | null;
  cancelAskedAt: number | null;
  history: string[];
}
interface Model {
  orders: ModelOrder[];
  pruned: ModelOrder[];
  leases: Map<string, number>;
  /** Every claim a worker ever got, stale ones too: it may still try to settle them. */
  claims: Map<string, Claim[]>;
}

/** The oldest orders have the most behind them. */
const nth = fc.integer({ min: 0, max: 5 });
const worker = fc.integer({ min: 0, max: concurrencyOf.length - 1 });
const operation = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('place' as const),
      ids: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 5 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('round' as const),
      worker,
      places: fc.integer({ min: 0, max: 8 }),
      settle: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...results)), { maxLength: 4 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retry' as const), nth }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('renew' as const), worker }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('prune' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('tick' as const),
      ms: fc.integer({ min: 1, max: leaseMs }),
    }),
  },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

onEveryDatabase('any sequence of operations', (subject) => {
  it('leaves statuses, order, claims, attempts, history and counters as the model has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60, size: 'max' }), async (operations) => {
        await empty(subject);
        const model: Model = { orders: [], pruned: [], leases: new Map(), claims: new Map() };
        for (const next of operations) {
          await perform(next, subject, model);
          await compare(subject, model);
        }
        // What it looks for does not go away again.
        // To look for damage a process would be started for each sequence.
        const undamaged = { ...subject.database, findDamage: async () => [] };
        expect(await checkDatabase(undamaged)).to.deep.equal([]);
      }),
      // As many as there is time for: some databases answer sooner than others.
      process.env.TEST_LONG
        ? { numRuns: 1000, interruptAfterTimeLimit: 60_000 }
        : { numRuns: 100, interruptAfterTimeLimit: 4_000 },
    );
  });
});

async function perform(operation: Operation, subject: Subject, model: Model): Promise<void> {
  const { database, clock } = subject;
  switch (operation.do) {
    case 'tick':
      clock.now += operation.ms;
      return;
    case 'place': {
      const orderIds = operation.ids.map((id) => `o${id}`);
      const placements = await placeOrders(
        database,
        orderIds.map((id) => newOrder(id)),
      );
      expect(placements).to.deep.equal(orderIds.map((id) => modelPlace(model, id)));
      return;
    }
    case 'cancel': {
      const id = model.orders[operation.nth]?.id ?? 'nobody';
      const { outcome } = await cancelOrder(database, id, 'because');
      expect(outcome).to.equal(modelCancel(model, id, clock.now));
      return;
    }
    case 'retry': {
      const id = model.orders[operation.nth]?.id ?? 'nobody';
      const { outcome } = await retryOrder(database, id);
      expect(outcome).to.equal(modelRetry(model, id));
      return;
    }
    case 'renew': {
      const name = `w${operation.worker}`;
      const unbroken = await renewLease(database, name, leaseMs);
      expect(unbroken).to.equal(model.leases.has(name));
      if (!unbroken) await register(database, name, leaseMs);
      model.leases.set(name, clock.now + leaseMs);
      return;
    }
    case 'sweep': {
      await sweep(database, policy);
      modelSweep(model, clock.now);
      return;
    }
    case 'prune': {
      for (const end of ['COMPLETED', 'FAILED', 'CANCELLED'] as const) {
        await pruneOrders(database, 0, { end, placedAt: -1, seq: 0 });
      }
      const { open = [], ended = [] } = Object.groupBy(model.orders, (order) =>
        hasEnded(order.status) ? 'ended' : 'open',
      );
      model.orders = open;
      model.pruned.push(...ended);
      return;
    }
    case 'round': {
      const name = `w${operation.worker}`;
      const known = model.claims.get(name) ?? [];
      const outcomes = new Map<Claim, Outcome>();
      for (const [pick, result] of operation.settle) {
        const claim = known[pick % Math.max(1, known.length)];
        if (claim) outcomes.set(claim, outcomeOf(claim, result));
      }
      const became = [...outcomes.values()].map((one) => modelSettle(model, one, clock.now));
      const those = (status: OrderStatus | undefined) =>
        [...outcomes.values()].filter((_, i) => became[i] === status);
      const concurrency = concurrencyOf[operation.worker] as number;
      const holding = model.orders.filter(({ holder }) => holder === name);
      const places = holding.some(({ crashes }) => crashes > 0)
        ? 0
        : Math.min(operation.places, concurrency - holding.length);
      const request = { worker: name, places, holding: holding.length, concurrency };
      const settled = await settleAndClaim(database, [...outcomes.values()], request);
      const { claims, lost, cancelled } = settled;
      expect(lost).to.deep.equal(those(undefined));
      expect(cancelled).to.deep.equal(those('CANCELLED'));
      expect(ids(claims)).to.deep.equal(modelClaim(model, request));
      model.claims.set(name, [...known, ...claims]);
    }
  }
}

function outcomeOf(claim: Claim, result: (typeof results)[number]): Outcome {
  if (result === 'failed') return failedAttempt(claim, 'no', policy, half);
  if (result === 'died') return diedInHand(claim, 'gone', policy, half);
  return { claim, result };
}

function modelPlace(model: Model, id: string) {
  const accepted = [...model.orders, ...model.pruned];
  if (accepted.some((order) => order.id === id)) return 'duplicate';
  model.orders.push({
    ...{ id, status: 'PENDING', attempt: 0, unspent: 0, crashes: 0, alone: false, holder: null },
    ...{ retryAt: null, cancelAskedAt: null, history: ['placed 0'] },
  });
  return 'placed';
}

function modelCancel(model: Model, id: string, now: number): Cancellation['outcome'] {
  const order = model.orders.find((one) => one.id === id);
  if (order === undefined) return 'unknown';
  if (order.status === 'PENDING') {
    order.status = 'CANCELLED';
    order.retryAt = null;
    order.cancelAskedAt = now;
    order.history.push(`cancelled ${order.attempt}`);
  }
  if (order.status === 'CANCELLED') return 'cancelled';
  if (order.status !== 'PROCESSING') return 'ended';
  if (order.cancelAskedAt === null) order.history.push(`cancel_requested ${order.attempt}`);
  order.cancelAskedAt ??= now;
  return 'requested';
}

function modelRetry(model: Model, id: string) {
  const order = model.orders.find((one) => one.id === id);
  if (order === undefined) return 'unknown';
  if (order.status !== 'FAILED' && order.status !== 'CANCELLED') return 'refused';
  order.status = 'PENDING';
  order.unspent = order.attempt;
  order.crashes = 0;
  order.cancelAskedAt = null;
  order.history.push(`retried ${order.attempt}`);
  return 'retried';
}

function modelClaim(
  model: Model,
  { worker, places, holding, concurrency }: Parameters<typeof claimOrders>[1],
): string[] {
  if (!model.leases.has(worker)) return [];
  const waiting = model.orders.filter((one) => one.status === 'PENDING' && one.retryAt === null);
  const claimed: ModelOrder[] = [];
  let room = places;
  for (const order of waiting) {
    const suspects = order.crashes > 0;
    if (suspects && holding > 0) break;
    if (claimed[0] !== undefined && suspects !== claimed[0].crashes > 0) break;
    if (suspects) room = Math.min(room, Math.max(1, Math.floor(concurrency / 4 ** order.crashes)));
    if (claimed.length >= room) break;
    claimed.push(order);
  }
  const suspects = (claimed[0]?.crashes ?? 0) > 0;
  for (const order of claimed) {
    order.status = 'PROCESSING';
    order.holder = worker;
    order.attempt += 1;
    order.alone = suspects && claimed.length === 1;
    order.history.push(`started ${order.attempt}`);
  }
  return claimed.map(({ id }) => id);
}

/** What the order became; undefined when the claim held no more. */
function modelSettle(model: Model, outcome: Outcome, now: number): OrderStatus | undefined {
  const { worker, attempt, order: named } = outcome.claim as Claim;
  const order = model.orders.find(({ id }) => id === named.orderId);
  if (order === undefined) return undefined;
  if (order.holder !== worker || order.attempt !== attempt) return undefined;
  order.holder = null;
  order.status = 'PENDING';
  if (outcome.result === 'completed') {
    order.status = 'COMPLETED';
    order.crashes = 0;
    order.history.push(`completed ${attempt}`);
  } else if (outcome.result === 'failed') {
    order.crashes = outcome.died ? order.crashes + 1 : 0;
    const last = order.attempt - order.unspent >= policy.maxAttempts;
    order.status = last ? 'FAILED' : 'PENDING';
    order.retryAt = last || !outcome.retryInMs ? null : now + outcome.retryInMs;
    order.history.push(`${last ? 'failed' : 'attempt_failed'} ${attempt}`);
  } else {
    order.unspent += 1;
    if (outcome.result === 'interrupted') order.crashes += 1;
    order.history.push(`${outcome.result} ${attempt}`);
  }
  if (order.cancelAskedAt !== null && order.status !== 'COMPLETED') {
    order.status = 'CANCELLED';
    order.retryAt = null;
    order.history.splice(-1, 1, `cancelled ${attempt}`);
  }
  order.alone = false;
  return order.status;
}

function modelSweep(model: Model, now: number): void {
  for (const order of model.orders) {
    if (order.retryAt !== null && order.retryAt <= now) order.retryAt = null;
  }
  for (const [name, until] of model.leases) {
    if (until > now) continue;
    model.leases.delete(name);
    for (const order of model.orders.filter(({ holder }) => holder === name)) {
      const claim = (model.claims.get(name) ?? []).find(
        (one) => one.order.orderId === order.id && one.attempt === order.attempt,
      ) as Claim;
      modelSettle(model, diedInHand(claim, 'gone', { ...policy, retryBackoffMs: 0 }), now);
    }
  }
}

async function compare({ database }: Subject, model: Model): Promise<void> {
  const orders = await database.reader.selectFrom('orders').selectAll().orderBy('seq').execute();
  const events = await database.reader
    .selectFrom('order_events')
    .selectAll()
    .orderBy('id')
    .execute();
  const historyOf = Map.groupBy(events, (event) => event.seq);
  expect(
    orders.map((row) => ({
      id: row.order_id,
      status: row.status,
      attempt: row.attempt,
      unspent: row.attempts_unspent,
      crashes: row.crashes,
      alone: row.claimed_alone === 1,
      holder: row.claimed_by,
      retryAt: row.not_before,
      cancelAskedAt: row.cancel_requested_at,
      history: (historyOf.get(row.seq) ?? []).map(({ type, attempt }) => `${type} ${attempt}`),
    })),
  ).to.deep.equal(model.orders);

  for (const { alone, holder } of model.orders) {
    if (alone) expect(orders.filter((row) => row.claimed_by === holder)).to.have.length(1);
  }

  const count = (...statuses: OrderStatus[]) =>
    model.orders.filter(({ status }) => statuses.includes(status)).length;
  expect(await readMetrics(database)).to.include({
    totalOrders: model.orders.length,
    pendingOrders: count('PENDING'),
    processingOrders: count('PROCESSING'),
    completedOrders: count('COMPLETED'),
    failedOrders: count('FAILED'),
    cancelledOrders: count('CANCELLED'),
  });
  for (const name of model.claims.keys()) {
    const asked = model.orders.filter(
      ({ holder, cancelAskedAt }) => holder === name && cancelAskedAt,
    );
    expect(
      (await findCancelRequests(database, name)).map(({ attempt }) => attempt),
    ).to.have.members(asked.map(({ attempt }) => attempt));
  }
  const claimable = model.orders.filter(
    ({ status, retryAt }) => status === 'PENDING' && retryAt === null,
  );
  const blocks = await database.reader
    .selectFrom('counters')
    .select('orders')
    .where('counter', '=', 'queue')
    .execute();
  expect(blocks.reduce((sum, block) => sum + block.orders, 0)).to.equal(claimable.length);
  expect(blocks.filter(({ orders }) => orders === 0)).to.deep.equal([]);
  const everybody = [...model.orders, ...model.pruned];
  const { placed, processing, waiting } = await readFigures(database);
  expect(placed).to.equal(everybody.length);
  expect(processing.orders).to.equal(
    everybody.filter(({ status }) => status === 'COMPLETED').length,
  );
  expect(waiting.orders).to.equal(everybody.filter(({ attempt }) => attempt > 0).length);
}

/** As good as a new database, and quicker. */
async function empty({ database }: Subject): Promise<void> {
  await write(database, async ({ trx }) => {
    for (const table of ['orders', 'event_runs', 'counters', 'workers'] as const) {
      await trx.deleteFrom(table).execute();
    }
    await trx.deleteFrom('pruned_orders').execute();
    await database.catalog.recountClaims(trx);
  });
}
