import { Worker } from 'node:worker_threads';

import { checkWritable, type Database } from './database.ts';
import { DatabaseUnavailable } from './errors.ts';
import type { NewOrder } from './new-order.ts';
import type { Placement } from './place.ts';

/** Places orders with a connection of its own, in a thread of its own. */
export interface PlacingThread {
  /** How long it took to place the last orders, in milliseconds. */
  readonly tookMs: number;
  /** As `placeOrders`. @throws DatabaseUnavailable also when it has ended */
  place(orders: readonly NewOrder[]): Promise<Placement[]>;
  /** As `checkWritable`. */
  check(): Promise<void>;
  /** Ends it when all it was asked is done. */
  end(): Promise<void>;
}

/** What the thread is asked, in this order: to place orders (as JSON), to check, to end. */
export type ToPlacingThread = string | 'check' | 'end';

/** What the thread says: that it has begun, and then what came of each question, in their order. */
export type FromPlacingThread =
  | 'begun'
  | { readonly result: Placement[] | undefined; readonly tookMs: number }
  | { readonly error: Error; readonly unavailable: boolean };

/**
 * Without the thread nothing can be placed: where it ends by itself, an error that nobody catches
 * ends the process.
 *
 * @param url - of `database`
 * @throws DatabaseUnusable
 */
export async function startPlacingThread(database: Database, url: string): Promise<PlacingThread> {
  const thread = new Worker(new URL('./placing-thread-main.ts', import.meta.url), {
    workerData: { url },
  });
  const asked: PromiseWithResolvers<Placement[] | undefined>[] = [];
  let tookMs = 0;
  let ending = false;
  let leaving = false;
  const endedByItself = () => new Error('the thread that places orders has ended');

  await new Promise((resolve, reject) => {
    thread.once('message', resolve).once('error', reject);
    thread.once('exit', () => reject(endedByItself()));
  });
  const ended = new Promise<void>((resolve) => {
    thread.on('exit', () => {
      if (!ending) throw endedByItself();
      resolve();
    });
  });
  thread.on('error', (error) => {
    throw error;
  });
  // A process that has nothing else to do may end.
  thread.unref();
  thread.on('message', (message: Exclude<FromPlacingThread, 'begun'>) => {
    // Also after an error: the commit may have been written all the same.
    for (const onChange of database.ownWatchers) onChange();
    const call = asked.shift();
    if (asked.length === 0) thread.unref();
    if ('result' in message) {
      if (message.result !== undefined) tookMs = message.tookMs;
      return call?.resolve(message.result);
    }
    if (message.unavailable) void leaveNothing();
    call?.reject(message.unavailable ? unavailable(message.error) : message.error);
  });

  /**
   * Where the file is gone, whichever connection wrote last saves what is not in it yet, when it is
   * to write again (sqlite/dialect.ts): this process has two.
   */
  async function leaveNothing(): Promise<void> {
    if (leaving) return;
    leaving = true;
    await checkWritable(database).catch(() => {});
    leaving = false;
  }

  function ask(question: ToPlacingThread): Promise<Placement[] | undefined> {
    if (ending) return Promise.reject(new DatabaseUnavailable('no more orders are placed'));
    const call = Promise.withResolvers<Placement[] | undefined>();
    asked.push(call);
    thread.ref();
    thread.postMessage(question);
    return call.promise;
  }

  return {
    get tookMs() {
      return tookMs;
    },
    // A text costs a fraction of what a copy of the objects does.
    place: async (orders) => (await ask(JSON.stringify(orders))) as Placement[],
    async check() {
      await ask('check');
    },
    async end() {
      ending = true;
      thread.ref();
      thread.postMessage('end');
      await ended;
    },
  };
}

/** On its way an error loses its class; its message has the code. */
function unavailable({ message, cause }: Error): DatabaseUnavailable {
  return new DatabaseUnavailable(message, { cause });
}
