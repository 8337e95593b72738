import { Worker } from 'node:worker_threads';

import type { Database } from './database.ts';
import { DatabaseUnavailable } from './errors.ts';
import type { NewOrder, Placement } from './place.ts';

/** Places orders with a connection of its own, in a thread of its own. */
export interface PlacingThread {
  /** As `placeOrders`; one call at a time. */
  place(orders: readonly NewOrder[]): Promise<Placement[]>;
  /** Ends it; nothing is being placed any more. */
  end(): Promise<void>;
}

/** What the thread says: nothing when it has begun, and then what became of each group. */
export type FromPlacingThread =
  | { readonly placements: Placement[] }
  | { readonly error: Error; readonly unavailable: boolean };

/**
 * @param url - of `database`
 * @throws DatabaseUnusable
 */
export async function startPlacingThread(database: Database, url: string): Promise<PlacingThread> {
  const thread = new Worker(new URL('./placing-thread-main.ts', import.meta.url), {
    workerData: { url },
  });
  const ended = new Promise((resolve) => thread.once('exit', resolve));
  let answer: PromiseWithResolvers<Placement[]> | undefined;

  await new Promise((resolve, reject) => {
    thread.once('message', resolve);
    thread.once('error', reject);
  });
  // Without it nothing can be placed any more: the process ends, and is started anew.
  thread.on('error', (error) => {
    throw error;
  });
  thread.on('message', (message: FromPlacingThread) => {
    // Also after an error: the commit may have been written all the same.
    for (const onChange of database.ownWatchers) onChange();
    if ('placements' in message) answer?.resolve(message.placements);
    else answer?.reject(message.unavailable ? unavailable(message.error) : message.error);
  });

  return {
    place(orders) {
      answer = Promise.withResolvers();
      // A text costs a fraction of what a copy of the objects does.
      thread.postMessage(JSON.stringify(orders));
      return answer.promise;
    },
    async end() {
      thread.postMessage(null);
      await ended;
    },
  };
}

/** On its way an error keeps its message, stack and cause, not its class. */
function unavailable({ message, cause }: Error): DatabaseUnavailable {
  return new DatabaseUnavailable(message, { cause });
}
