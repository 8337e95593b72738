import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  closeDatabase,
  type Database,
  findOrder,
  openDatabase,
  placeOrders,
  readMetrics,
} from '@orders/db';
import { kinds, type OwnDatabase } from '@orders/db/testing';
import { SettingsInvalid } from '@orders/runtime';
import { expect } from 'chai';

import { readArguments } from '../src/arguments.ts';

const root = join(import.meta.dirname, '../../..');
const program = ['--import', './packages/runtime/src/prepare.mjs', 'apps/copy-orders/src/main.ts'];

describe('npm run copy-orders', () => {
  let from: OwnDatabase;
  let to: OwnDatabase;
  beforeEach(async () => {
    [from, to] = [await kinds.sqlite(), await kinds.sqlite()];
  });
  afterEach(() => Promise.all([from.destroy(), to.destroy()]));

  function start(...args: string[]) {
    const child = spawn(process.execPath, [...program, ...args], { cwd: root });
    const said = { out: '', err: '' };
    child.stdout.on('data', (text) => (said.out += text));
    child.stderr.on('data', (text) => (said.err += text));
    const ended = once(child, 'close').then(([code, signal]) => ({
      status: signal ?? code,
      ...said,
    }));
    return { child, ended };
  }

  async function fill(orders: number): Promise<void> {
    const database = await openDatabase(from.url);
    const all = Array.from({ length: orders }, (_, i) => ({
      ...{ orderId: `o${i}`, userId: 'user_1', itemIds: 'item_1', totalMinor: 150 },
      ...{ currency: i % 2 ? 'USD' : 'JPY', requestId: 'r' },
    }));
    await placeOrders(database, all);
    await closeDatabase(database);
  }

  async function copiedSoFar(target: Database): Promise<number> {
    const row = await target.reader
      .selectFrom('orders')
      .select('seq')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row?.seq ?? 0;
  }

  it('goes on with a copy that was ended by Ctrl-C and by kill -9, and says what there is', async () => {
    await fill(30_000);
    const target = await openDatabase(to.url, { purpose: 'copy-to' });
    for (const [signal, status] of [
      ['SIGINT', 1],
      ['SIGKILL', 'SIGKILL'],
    ] as const) {
      const before = await copiedSoFar(target);
      const copying = start('--from', from.url, '--to', to.url);
      while ((await copiedSoFar(target)) === before) await sleep(5);
      copying.child.kill(signal);
      const ended = await copying.ended;
      expect(ended.status).to.equal(status);
      if (status === 1) expect(ended.err).to.match(/error: stopped\. .*the same command goes on/);
      expect(await copiedSoFar(target)).to.be.within(before + 1, 29_999);
    }
    const { status, out, err } = await start('--from', from.url, '--to', to.url).ended;
    expect([status, out]).to.deep.equal([
      0,
      "Copied and compared 30,000 orders and 30,000 events of their history. The orders' totals " +
        'add up to\n  JPY 2250000\n  USD 22500.00\non both sides.\n' +
        'Set DATABASE_URL to what you copied to.\n',
    ]);
    expect(err).to.match(/^copying: [1-9]\d* %\n(copying: \d+ %\n)*copying: 100 %\ncomparing: /);
    await closeDatabase(target);

    const service = await openDatabase(to.url);
    expect((await readMetrics(service)).pendingOrders).to.equal(30_000);
    expect((await findOrder(service, 'o29999'))?.totalMinor).to.equal(150);
    await closeDatabase(service);
  });

  it('says what is wrong with what it was told, and never a password', async () => {
    for (const [args, message] of [
      [[], /--from is not set.*\n--to is not set/],
      [['--from', 'orders.db', '--to', to.url], /--from="orders\.db" is not allowed.*file:PATH/],
      [['--from', from.url, '--to', 'postgress://u:secret@h/d'], /--to="postgress:/],
      [['--form', from.url], /Unknown option '--form'.*\n\nnpm run copy-orders --/],
    ] as const) {
      expect(() => readArguments([...args]))
        .to.throw(SettingsInvalid, message)
        .with.property('message')
        .not.include('secret');
    }
    expect(readArguments(['--help'])).to.equal(undefined);
    const { status, err, out } = await start('--from', from.url, '--to', to.url).ended;
    expect([status, out]).to.deep.equal([1, '']);
    expect(err).to.match(/^error: .*orders\.db does not exist\.\n$/);
  });
});
