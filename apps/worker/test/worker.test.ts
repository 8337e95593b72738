import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeDatabase,
  createSweeper,
  type Database,
  DatabaseUnavailable,
  findOrder,
  openDatabase,
  readHistory,
  readMetrics,
  register,
  settleAndClaim,
} from '@orders/db';
import { expect } from 'chai';

import { eventually, onEveryDatabase, place } from './given.ts';

onEveryDatabase('a worker', (given) => {
  const ended = (orderId: string) =>
    eventually(async () => {
      const order = await findOrder(given.shop, orderId);
      return order?.finishedAt ? order : undefined;
    });
  const types = async (orderId: string) =>
    (await readHistory(given.shop, orderId)).map(({ type }) => type);

  it('processes the orders it finds, oldest first', async () => {
    await place(given.shop, 'c', 'a', 'b');
    const processed: string[] = [];
    await given.work({ processOrder: async ({ order }) => void processed.push(order.orderId) });
    await ended('b');

    expect(processed).to.deep.equal(['c', 'a', 'b']);
    expect(await types('a')).to.deep.equal(['placed', 'started', 'completed']);
    expect((await findOrder(given.shop, 'a'))?.attempts).to.equal(1);
  });

  it('prunes what ended long ago, where it is told to', async () => {
    await place(given.shop, 'old');
    await given.work({ retentionMs: 0 });
    await ended('old');
    await eventually(async () => (await readMetrics(given.shop)).totalOrders === 0);
  });

  it('wakes up for an order that another process places, without polling', async () => {
    const worker = await given.work({});
    await eventually(async () => (await readMetrics(given.shop)).activeWorkers === 1);
    for (const orderId of ['a', 'b', 'c']) {
      await place(given.shop, orderId);
      const { startedAt, placedAt } = await ended(orderId);
      expect((startedAt ?? Number.NaN) - placedAt).to.be.below(250);
    }
    await worker.stop();
  });

  it('has no more orders in hand than its concurrency', async () => {
    await place(given.shop, ...Array.from({ length: 30 }, (_, i) => `o${i}`));
    let inHand = 0;
    let most = 0;
    await given.work({
      concurrency: 4,
      processOrder: async () => {
        inHand += 1;
        most = Math.max(most, inHand);
        await sleep(2);
        inHand -= 1;
      },
    });
    await ended('o29');
    expect(most).to.equal(4);
  });

  it('tries again what failed, and gives up after the last attempt with its message', async () => {
    await place(given.shop, 'a', 'b');
    await given.work({
      processOrder: async ({ order }) => {
        if (order.orderId === 'a') throw new Error(`no luck ${order.attempts}`);
      },
    });
    const [a, b] = [await ended('a'), await ended('b')];

    expect(a).to.include({ status: 'FAILED', attempts: 3, lastError: 'no luck 3' });
    expect(b).to.include({ status: 'COMPLETED', attempts: 1, lastError: null });
  });

  it('keeps what was thrown as text, whatever it was', async () => {
    const thrown: Record<string, unknown> = {
      undefined: undefined,
      null: null,
      object: { code: 7 },
      symbol: Symbol('s'),
      text: 'just text',
      odd: new Error('a\0b\ud800c"\''),
      long: new Error('x'.repeat(5000)),
      nothing: new TypeError(''),
    };
    await place(given.shop, ...Object.keys(thrown));
    await given.work({
      policy: { maxAttempts: 1, retryBackoffMs: 0 },
      processOrder: ({ order }) => Promise.reject(thrown[order.orderId]),
    });
    await ended('nothing');

    const messages = await Promise.all(
      Object.keys(thrown).map(async (id) => (await findOrder(given.shop, id))?.lastError),
    );
    expect(messages).to.deep.equal([
      ...['undefined', 'null', '{ code: 7 }', 'Symbol(s)', 'just text', 'a\uFFFDb\uFFFDc"\''],
      ...['x'.repeat(2000), 'TypeError'],
    ]);
  });

  it('when told to stop, finishes what it has in hand and starts nothing new', async () => {
    await place(given.shop, 'a', 'b');
    let finish: () => void = () => {};
    const worker = await given.work({
      processOrder: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    await eventually(async () => (await findOrder(given.shop, 'a'))?.status === 'PROCESSING');
    const stopped = worker.stop();
    finish();
    await stopped;

    expect(await findOrder(given.shop, 'a')).to.include({ status: 'COMPLETED' });
    expect(await findOrder(given.shop, 'b')).to.include({ status: 'PENDING', attempts: 0 });
    expect((await readMetrics(given.shop)).activeWorkers).to.equal(0);
  });

  it('hands back what takes longer than the grace, its attempt unspent', async () => {
    await place(given.shop, 'a');
    let signal: AbortSignal | undefined;
    const worker = await given.work({
      shutdownGraceMs: 30,
      processOrder: (_claim, given) => {
        signal = given;
        return new Promise(() => {});
      },
    });
    await eventually(async () => signal);
    await worker.stop();

    expect(signal?.aborted).to.equal(true);
    expect(await findOrder(given.shop, 'a')).to.include({ status: 'PENDING', attempts: 0 });
    expect(await types('a')).to.deep.equal(['placed', 'started', 'released']);
  });

  it('writes down what was finished while the database was locked, within its grace', async () => {
    await place(given.shop, 'a');
    const { promise: locked, resolve: unlock } = Promise.withResolvers<void>();
    let lock: Promise<unknown> | undefined;
    const worker = await given.work({
      shutdownGraceMs: 30_000,
      processOrder: async () => {
        lock = given.shop.writer.transaction().execute(() => locked);
      },
    });
    await eventually(async () => lock !== undefined);
    const stopped = worker.stop();
    // Longer than one transaction waits for the lock.
    await sleep(5500);
    unlock();
    await stopped;
    await lock;

    expect(await findOrder(given.shop, 'a')).to.include({ status: 'COMPLETED', attempts: 1 });
  }).timeout(20_000);

  it('ends the grace at once when told to', async () => {
    await place(given.shop, 'a');
    const worker = await given.work({
      shutdownGraceMs: 60_000,
      processOrder: (_claim, signal) => once(signal, 'abort').then(() => {}),
    });
    await eventually(async () => (await findOrder(given.shop, 'a'))?.status === 'PROCESSING');
    const stopped = worker.stop();
    worker.force();
    await stopped;

    expect(await findOrder(given.shop, 'a')).to.include({ status: 'PENDING', attempts: 0 });
  });

  it('drops its orders when its lease was given away, and goes on under a new name', async () => {
    await place(given.shop, 'a');
    const signals: AbortSignal[] = [];
    await given.work({
      leaseMs: 300,
      processOrder: async ({ attempt }, signal) => {
        signals.push(signal);
        if (attempt === 1) await once(signal, 'abort');
      },
    });
    await eventually(async () => signals.length === 1);
    // Somebody whose clock is far ahead.
    const ahead = {
      ...given.shop,
      startOf: async (trx: Parameters<Database['startOf']>[0]) => ({
        ...(await given.shop.startOf(trx)),
        now: Date.now() + 3_600_000,
      }),
    };
    let monotonic = 0;
    const sweeper = createSweeper(ahead, { maxAttempts: 3, retryBackoffMs: 0 }, () => monotonic);
    for (; monotonic < 150; monotonic += 75) await sweeper.sweep();
    expect((await sweeper.sweep()).expired).to.have.length(1);
    await ended('a');

    expect(signals.map(({ aborted }) => aborted)).to.deep.equal([true, false]);
    const history = await readHistory(given.shop, 'a');
    expect(history.map(({ type, worker }) => [type, worker])).to.deep.equal([
      ['placed', null],
      ['started', 'worker-1'],
      ['interrupted', 'worker-1'],
      ['started', 'worker-2'],
      ['completed', 'worker-2'],
    ]);
  });

  it('takes over the orders of a worker that died as soon as its lease has run out', async () => {
    await place(given.shop, 'a');
    const leaseMs = 400;
    const began = Date.now();
    await register(given.shop, 'dead', leaseMs);
    const request = { worker: 'dead', places: 1, holding: 0, concurrency: 1 };
    await settleAndClaim(given.shop, [], request);
    const died = Date.now();
    await given.work({ leaseMs });
    const { startedAt } = await ended('a');

    expect((startedAt ?? Number.NaN) - began).to.be.at.least(leaseMs);
    expect((startedAt ?? Number.NaN) - died).to.be.at.most(leaseMs + 500);
  });

  it('completes each order once while the clock steps back and forth by an hour', async () => {
    let steps = 0;
    const hour = 3_600_000;
    const clock = () => Date.now() + ([0, -hour, hour][steps % 3] as number);
    const database = await openDatabase(given.url, { clock });
    const started: string[] = [];
    const orderIds = Array.from({ length: 30 }, (_, i) => `o${i}`);
    await place(database, ...orderIds);
    // Leases are renewed and swept some times meanwhile.
    const worker = await given.work({
      database,
      leaseMs: 300,
      processOrder: async ({ order }) => {
        started.push(order.orderId);
        steps += 1;
        await sleep(20);
      },
    });
    await given.work({ database: given.shop, leaseMs: 300, pollIntervalMs: 20 });
    for (const orderId of orderIds) await ended(orderId);
    for (const orderId of orderIds) {
      expect(await types(orderId), orderId).to.deep.equal(['placed', 'started', 'completed']);
    }
    expect(started).to.deep.equal(
      started.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))),
    );
    expect(await readMetrics(given.shop)).to.include({ completedOrders: 30, totalOrders: 30 });
    await worker.stop();
    await closeDatabase(database);
  });

  it('outlives a database that fails, and loses neither results nor claims over it', async () => {
    await place(given.shop, 'a', 'b');
    const { writer } = given.shop;
    let failures = 0;
    // The worst moment: after the commit, so that nobody knows whether it was written.
    const failing = new Proxy(writer, {
      get: (target, name) =>
        name !== 'transaction'
          ? Reflect.get(target, name, target)
          : () => ({
              execute: async (work: never) => {
                const result = await target.transaction().execute(work);
                if (failures++ % 2 === 1) throw new DatabaseUnavailable('gone');
                return result;
              },
            }),
    });
    await given.work({ database: { ...given.shop, writer: failing } });
    for (const orderId of ['a', 'b']) {
      expect(await ended(orderId)).to.include({ status: 'COMPLETED', attempts: 1 });
    }
    expect(failures).to.be.above(1);
  });
});
