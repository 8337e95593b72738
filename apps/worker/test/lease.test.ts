import { EventEmitter, once } from 'node:events';
import { renameSync } from 'node:fs';
import { mock } from 'node:test';
import { createLog, type Log } from '@orders/runtime';
import { expect } from 'chai';

import { keepLease, type Lease } from '../src/lease.ts';
import { eventually, onOneDatabase } from './given.ts';

onOneDatabase('a lease', (given) => {
  const leaseMs = 60_000;
  let lease: Lease;
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(async () => {
    mock.timers.reset();
    await lease.stop();
  });

  it('that could not be renewed is renewed as soon as it can be, not a third of it later', async () => {
    const warnings = new EventEmitter();
    const log = Object.assign(createLog('worker', 'silent'), {
      warn: (_facts: object, message: string) => warnings.emit(message),
    }) as Log;
    lease = await keepLease(
      given.shop,
      () => 'w',
      leaseMs,
      log,
      () => {},
    );
    const aliveUntil = async () => {
      const workers = given.shop.reader.selectFrom('workers').select('alive_until');
      return (await workers.executeTakeFirstOrThrow()).alive_until;
    };
    const before = await aliveUntil();
    const file = given.url.replace('file:', '');
    renameSync(file, `${file}-away`);
    const failed = once(warnings, 'the lease could not be renewed, trying again');
    mock.timers.tick(leaseMs / 3);
    await failed;
    renameSync(`${file}-away`, file);
    mock.timers.tick(0);
    expect(await aliveUntil()).to.equal(before);
    await new Promise((resolve) => setImmediate(resolve));
    mock.timers.tick(1000);
    mock.timers.reset();
    await eventually(async () => (await aliveUntil()) > before);
  });
});
