import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, type Database, openDatabase, placeOrders } from '@orders/db';
import { describeOnEachKind, kinds, type OwnDatabase } from '@orders/db/testing';
import { createLog } from '@orders/runtime';

import { runWorker, type WorkerOptions } from '../src/worker.ts';

/** A database of its own for each test, as two processes see it, and workers that end with it. */
export interface Given {
  url: string;
  /** The shop's connections. */
  shop: Database;
  /** Starts a worker in this process, with connections of its own. */
  work(options: Partial<WorkerOptions>): Promise<RunningWorker>;
}

export interface RunningWorker {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
  force(): void;
}

/** Runs a suite on every kind of database. */
export function onEveryDatabase(
  title: string,
  suite: (this: Mocha.Suite, given: Given) => void,
): void {
  describeOnEachKind(title, function (make) {
    suite.call(this, givenDatabase(make));
  });
}

/** Runs a suite that is not about databases on one kind of them. */
export function onOneDatabase(
  title: string,
  suite: (this: Mocha.Suite, given: Given) => void,
): void {
  describe(title, function () {
    suite.call(this, givenDatabase(kinds.sqlite));
  });
}

function givenDatabase(make: () => Promise<OwnDatabase>): Given {
  const given = {} as Given;
  let own: OwnDatabase;
  const opened: Database[] = [];
  const workers: RunningWorker[] = [];
  let lastWorker = 0;

  const open = async () => {
    const database = await openDatabase(given.url);
    opened.push(database);
    return database;
  };
  given.work = async (options) => {
    const stopping = new AbortController();
    const force = new AbortController();
    const ended = runWorker({
      database: await open(),
      newName: () => `worker-${++lastWorker}`,
      processOrder: async () => {},
      log: createLog('worker', 'silent'),
      concurrency: 1,
      leaseMs: 5000,
      // So long that a test that needed the poll would fail.
      pollIntervalMs: 60_000,
      shutdownGraceMs: 5000,
      policy: { maxAttempts: 3, retryBackoffMs: 1 },
      stopping: stopping.signal,
      force: force.signal,
      ...options,
    });
    ended.catch(() => {});
    const worker = {
      ended,
      stop: () => {
        stopping.abort();
        return ended;
      },
      force: () => force.abort(),
    };
    workers.push(worker);
    return worker;
  };
  beforeEach(async () => {
    lastWorker = 0;
    own = await make();
    given.url = own.url;
    given.shop = await open();
  });
  afterEach(async () => {
    for (const worker of workers) worker.force();
    await Promise.allSettled(workers.splice(0).map((worker) => worker.stop()));
    await Promise.all(opened.splice(0).map(closeDatabase));
    await own.destroy();
  });
  return given;
}

export async function place(database: Database, ...orderIds: string[]): Promise<void> {
  await placeOrders(
    database,
    orderIds.map((orderId) => ({
      ...{ orderId, userId: 'user_1', itemIds: 'item_1,item_2', totalMinor: 9999 },
      ...{ currency: 'USD', requestId: `request-${orderId}` },
    })),
  );
}

/** Resolves with what `look` finds, as soon as it finds something. */
export async function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await sleep(5);
  }
}
