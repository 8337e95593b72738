import type { Process } from './processing.ts';
import { startThread, type Thread } from './thread-host.ts';

export interface ThreadProcessor {
  readonly processOrder: Process;
  /** Ends the thread, whatever runs in it. */
  close(): Promise<void>;
}

/**
 * Runs a user's module in a thread: one that computes for minutes, loops for ever, calls
 * `process.exit` or runs out of memory does not take the leases of this process with it. The
 * thread is made anew after it died.
 *
 * An order that takes longer than `timeLimitMs` has failed, and its signal fires; should the
 * processor ignore that, what it does later is not heard. When the thread does not even take
 * notice, it is ended, and with it every order in it. One that is to be cancelled has the same time
 * to give up: nothing is cut off before.
 *
 * @param path - absolute, of a .js, .mjs or .ts file
 * @throws ProcessorUnfit when the module cannot be loaded or exports no function
 */
export async function startThreadProcessor(
  path: string,
  timeLimitMs: number,
): Promise<ThreadProcessor> {
  let thread = await startThread(path);
  let starting: Promise<Thread> | undefined;
  let closed = false;

  async function liveThread(): Promise<Thread> {
    if (!thread.dead) return thread;
    starting ??= startThread(path).finally(() => {
      starting = undefined;
    });
    thread = await starting;
    return thread;
  }

  return {
    async processOrder(claim, signal) {
      const alive = await liveThread();
      if (closed) throw new Error('the worker has stopped');
      // It may have fired while a new thread was made: nobody would hear of it any more.
      signal.throwIfAborted();
      await alive.run(claim, signal, timeLimitMs);
    },
    async close() {
      closed = true;
      await thread.end();
    },
  };
}
