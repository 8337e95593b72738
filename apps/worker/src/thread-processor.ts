import { setTimeout as sleep } from 'node:timers/promises';
import { endWithoutThreads, type Log } from '@orders/runtime';

import type { Process } from './processing.ts';
import { startThread } from './thread-host.ts';

export interface ThreadProcessor {
  readonly processOrder: Process;
  /**
   * Fires when a thread should end and does not, because native code blocks it. What was in it has
   * been rejected; no other order is to be processed, and the process is to end.
   */
  readonly stuck: AbortSignal;
  /**
   * Ends the thread, whatever runs in it, at once; also one whose module is being loaded. Resolves
   * within two seconds, also when it is stuck.
   */
  close(): Promise<void>;
}

/** Between two tries to load a module that was loaded before, in milliseconds. */
const reloadPauseMs = 1000;

/**
 * Runs a user's module in a thread: one that computes for minutes, loops for ever, calls
 * `process.exit` or runs out of memory does not take the leases of this process with it. The
 * thread is made anew after it died, and before suspects (see `claimOrders`), which run with
 * nothing beside them that an earlier order may have left. Should the module not load any more,
 * orders wait until it does.
 *
 * An order that takes longer than `timeLimitMs` has failed, and its signal fires; should the
 * processor ignore that, what it does later is not heard. When the thread does not even take
 * notice, it is ended, and with it every order in it. One that is to be cancelled has the same time
 * to give up: nothing is cut off before. A thread that cannot be ended either takes the process with
 * it: see `stuck`.
 *
 * @param path - absolute, of a .js, .mjs or .ts file
 * @throws ProcessorUnfit when the module cannot be loaded or exports no function
 */
export async function startThreadProcessor(
  path: string,
  timeLimitMs: number,
  log: Log,
): Promise<ThreadProcessor> {
  const closing = new AbortController();
  const stuck = new AbortController();
  let thread = await startThread(path, closing.signal, onStuck);
  let starting: Promise<void> | undefined;

  function onStuck(): void {
    log.error('the processor does not end: it is blocked in native code');
    endWithoutThreads();
    stuck.abort();
  }

  async function startAnew(): Promise<void> {
    await thread.end();
    while (!closing.signal.aborted) {
      try {
        thread = await startThread(path, closing.signal, onStuck);
        return;
      } catch (err) {
        if (closing.signal.aborted) return;
        log.error({ err }, 'the processor cannot be loaded any more, trying again');
        await sleep(reloadPauseMs, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  return {
    stuck: stuck.signal,
    async processOrder(claim, signal) {
      if (starting === undefined && (thread.dead || (claim.crashes > 0 && thread.used))) {
        starting = startAnew().finally(() => {
          starting = undefined;
        });
      }
      await starting;
      closing.signal.throwIfAborted();
      // It may have fired while a new thread was made: nobody would hear of it any more.
      signal.throwIfAborted();
      await thread.run(claim, signal, timeLimitMs);
    },
    async close() {
      closing.abort(new Error('the worker has stopped'));
      await starting;
      await thread.end();
    },
  };
}
