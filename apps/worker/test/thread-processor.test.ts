import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Claim, cancelOrder, findOrder, readMetrics } from '@orders/db';
import { createLog } from '@orders/runtime';
import { expect } from 'chai';

import { ProcessorUnfit } from '../src/thread-host.ts';
import { startThreadProcessor, type ThreadProcessor } from '../src/thread-processor.ts';
import { eventually, onOneDatabase, place } from './given.ts';

const module = join(import.meta.dirname, 'processors/by-order-id.mjs');
const silent = createLog('worker', 'silent');
const policy = { maxAttempts: 2, retryBackoffMs: 0 };

onOneDatabase('a processor of the user', (given) => {
  let thread: ThreadProcessor;
  afterEach(() => thread?.close());

  async function workWith(timeLimitMs: number, concurrency: number, path = module): Promise<void> {
    thread = await startThreadProcessor(path, timeLimitMs, silent);
    await given.work({ concurrency, policy, processOrder: thread.processOrder });
  }
  const allEnded = () =>
    eventually(async () => {
      const { totalOrders, completedOrders, failedOrders } = await readMetrics(given.shop);
      return completedOrders + failedOrders === totalOrders;
    });
  const bystanders = Array.from({ length: 99 }, (_, i) => `bystander:${i}`);
  async function expectBystandersUnharmed(): Promise<void> {
    for (const orderId of bystanders) {
      expect(await findOrder(given.shop, orderId)).to.include({ status: 'COMPLETED', attempts: 1 });
    }
  }

  for (const what of ['exit', 'stray', 'loop']) {
    it(`fails after its attempts when it takes its thread down (${what}), and no other`, async () => {
      await place(given.shop, ...bystanders.slice(0, 50), `${what}:1`, ...bystanders.slice(50));
      await workWith(what === 'loop' ? 200 : 20_000, 10);
      await allEnded();

      const culprit = await findOrder(given.shop, `${what}:1`);
      expect(culprit).to.include({ status: 'FAILED', attempts: 2 });
      expect(culprit?.lastError).to.match(
        {
          exit: /ended its thread: it called process.exit\(3\)/,
          stray: /ended its thread: thrown where nobody catches/,
          loop: /ended its thread: it was blocked, and it took longer than 200 ms/,
        }[what] as RegExp,
      );
      await expectBystandersUnharmed();
    });
  }

  for (const what of ['late', 'floating']) {
    it(`harms no order that comes after it (${what})`, async () => {
      await place(given.shop, `${what}:1`, ...bystanders);
      await workWith(100, 1);
      await allEnded();
      for (const orderId of bystanders) {
        const order = await findOrder(given.shop, orderId);
        expect(order, orderId).to.include({ status: 'COMPLETED', attempts: 1 });
      }
    });
  }

  it('that does not load any more lets its orders wait until it does', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orders-processor-'));
    const path = join(directory, 'moody.mjs');
    const good =
      'export default async ({ order_id }) => { if (order_id === "exit:1") process.exit(3); }';
    writeFileSync(path, good);
    try {
      const failed = Promise.withResolvers<void>();
      const log = { ...silent, error: () => failed.resolve() } as unknown as typeof silent;
      thread = await startThreadProcessor(path, 20_000, log);
      writeFileSync(path, 'throw new Error("half a deployment")');
      await place(given.shop, 'exit:1', 'a', 'b');
      await given.work({ policy, processOrder: thread.processOrder });
      await failed.promise;
      writeFileSync(path, good);
      await allEnded();

      expect(await findOrder(given.shop, 'exit:1')).to.include({ status: 'FAILED', attempts: 2 });
      for (const orderId of ['a', 'b']) {
        expect(await findOrder(given.shop, orderId)).to.include({ status: 'COMPLETED' });
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('that fails to load leaves nothing running', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orders-processor-'));
    const [path, door] = [join(directory, 'open.mjs'), join(directory, 'door')];
    writeFileSync(
      path,
      `import { once } from 'node:events';
      import { createServer } from 'node:net';
      await once(createServer().listen(${JSON.stringify(door)}), 'listening');
      throw new Error('with its door open');`,
    );
    try {
      const error = await startThreadProcessor(path, 1000, silent).catch((reason) => reason);
      expect(error.message).to.match(/with its door open/);
      const [refusal] = await once(connect(door), 'error');
      expect(refusal.code).to.be.oneOf(['ECONNREFUSED', 'ENOENT']);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is closed at once though it is still being loaded', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orders-processor-'));
    const [path, hanging] = [join(directory, 'slow.mjs'), join(directory, 'hanging')];
    writeFileSync(path, 'export default () => process.exit(3);');
    try {
      thread = await startThreadProcessor(path, 20_000, silent);
      writeFileSync(
        path,
        `import { writeFileSync } from 'node:fs';
        writeFileSync(${JSON.stringify(hanging)}, '');
        await new Promise((resolve) => setTimeout(resolve, 60_000));`,
      );
      await place(given.shop, 'a', 'b');
      await given.work({ policy, processOrder: thread.processOrder });
      await eventually(async () => existsSync(hanging));
      const began = performance.now();
      await thread.close();
      expect(performance.now() - began).to.be.below(5000);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('may be given all the time that can be set', async () => {
    thread = await startThreadProcessor(module, 2 ** 31 - 1, silent);
    const enough = new AbortController();
    const run = async (orderId: string) =>
      thread.processOrder(await claimOf(orderId), enough.signal).catch((error) => error.message);
    const long = run('heed:1');
    // Longer than the millisecond to which Node shortens what is too long for it.
    for (const orderId of bystanders) await run(orderId);
    enough.abort(new Error('enough'));
    expect(await long).to.equal('enough');
  });

  it('costs its own order only when it throws, rejects with anything, or never returns', async () => {
    const ids = ['throw:1', 'reject:1', 'odd:1', 'never:1', 'heed:1'];
    await place(given.shop, ...ids, ...bystanders);
    await workWith(100, 10);
    await allEnded();

    const messages = await Promise.all(
      ids.map(async (id) => {
        const order = await findOrder(given.shop, id);
        expect(order).to.include({ status: 'FAILED', attempts: 2 });
        return order?.lastError;
      }),
    );
    expect(messages).to.deep.equal([
      'no luck with item_1,item_2',
      '{ code: 7 }',
      '{ code: 8 }',
      'it took longer than 100 ms',
      'it took longer than 100 ms',
    ]);
    await expectBystandersUnharmed();
  });

  it('hears of the end of the grace', async () => {
    await place(given.shop, 'heed:1');
    thread = await startThreadProcessor(module, 60_000, silent);
    const worker = await given.work({ processOrder: thread.processOrder, shutdownGraceMs: 20 });
    await eventually(async () => (await findOrder(given.shop, 'heed:1'))?.status === 'PROCESSING');
    await worker.stop();
    expect(await findOrder(given.shop, 'heed:1')).to.include({ status: 'PENDING', attempts: 0 });
  });

  it('hears that its order is to be cancelled', async () => {
    await place(given.shop, 'heed:1');
    await workWith(60_000, 1);
    await eventually(async () => (await findOrder(given.shop, 'heed:1'))?.status === 'PROCESSING');
    const { at } = await cancelledAfter('heed:1');
    expect(at).to.be.below(250);
  });

  it('is left alone by a cancel it does not heed, until its time is up', async () => {
    const timeLimitMs = 300;
    await place(given.shop, 'never:1');
    await workWith(timeLimitMs, 1);
    await eventually(async () => (await findOrder(given.shop, 'never:1'))?.status === 'PROCESSING');
    const { order } = await cancelledAfter('never:1');
    const took = (order.finishedAt ?? Number.NaN) - (order.startedAt ?? Number.NaN);
    expect(took).to.be.at.least(timeLimitMs);
    expect(order).to.include({ attempts: 1, lastError: null });
  });

  it('costs no other order an attempt when it is blocked after it heard of a cancel', async () => {
    await place(given.shop, 'defy:1', 'bystander:1');
    await workWith(200, 1);
    await eventually(async () => (await findOrder(given.shop, 'defy:1'))?.status === 'PROCESSING');
    await cancelledAfter('defy:1');
    const bystander = await eventually(async () => {
      const order = await findOrder(given.shop, 'bystander:1');
      return order?.status === 'COMPLETED' && order;
    });
    expect(bystander.attempts).to.equal(1);
  });

  it('is not begun when its signal has fired already', async () => {
    thread = await startThreadProcessor(module, 60_000, silent);
    const fired = AbortSignal.abort(new Error('too late'));
    const claim = await claimOf('never:1');
    const error = await thread.processOrder(claim, fired).catch((reason) => reason);
    expect(error.message).to.equal('too late');
  });

  async function claimOf(orderId: string): Promise<Claim> {
    await place(given.shop, orderId);
    const order = await findOrder(given.shop, orderId);
    return { order, attempt: 1, worker: 'w', crashes: 0, alone: true } as Claim;
  }

  /** Cancels an order; resolves when it ended so, with the milliseconds that took. */
  async function cancelledAfter(orderId: string) {
    const began = performance.now();
    await cancelOrder(given.shop, orderId, null);
    const order = await eventually(async () => {
      const found = await findOrder(given.shop, orderId);
      return found?.status === 'CANCELLED' && found;
    });
    return { order, at: performance.now() - began };
  }

  it('may be TypeScript that Node cannot read by itself', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orders-processor-'));
    try {
      writeFileSync(join(directory, 'reasons.ts'), "export enum Reason { Sold = 'sold out' }");
      writeFileSync(
        join(directory, 'work.ts'),
        "import { Reason } from './reasons'; export default () => { throw new Error(Reason.Sold); }",
      );
      await place(given.shop, 'sold:1');
      await workWith(20_000, 1, join(directory, 'work.ts'));
      await allEnded();
      expect(await findOrder(given.shop, 'sold:1')).to.include({ lastError: 'sold out' });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is refused in words when it cannot be loaded or exports no function', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'orders-processor-'));
    try {
      for (const [name, text, message] of [
        ['a.mjs', 'export default 7', /a\.mjs: its default export is not a function/],
        ['b.mjs', 'export const x = 1', /b\.mjs: its default export is not a function/],
        ['c.mjs', 'this is no JavaScript', /c\.mjs: it cannot be loaded: /],
        ['d.ts', 'throw new Error("at load")', /d\.ts: it cannot be loaded: at load/],
        ['e.mjs', 'process.exit(4)', /e\.mjs: it ended while it was loaded: .*exit\(4\)/],
      ] as const) {
        const path = join(directory, name);
        writeFileSync(path, text);
        const error = await startThreadProcessor(path, 1000, silent).catch((reason) => reason);
        expect(error, name).to.be.instanceOf(ProcessorUnfit);
        expect(error.message).to.match(message);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
