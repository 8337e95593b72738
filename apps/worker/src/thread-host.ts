import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { orderAnswer } from '@orders/contract';
import type { Claim } from '@orders/db';
import { passOn } from '@orders/runtime';

import { messageOf, ProcessorDied } from './processing.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** A user's processor cannot be used; the message says why. */
export class ProcessorUnfit extends Error {
  override name = 'ProcessorUnfit';
  readonly forPeople = true;
}

/** A thread with a user's module in it. */
export interface Thread {
  readonly dead: boolean;
  /**
   * Something may be left in it of an order that is over, or no longer wanted: work that went on
   * past its time, or that was never waited for.
   */
  readonly used: boolean;
  /**
   * Has the module process an order.
   *
   * @throws ProcessorDied when the thread ended, or was given up; Error with the module's message, or
   *   on the limit
   */
  run(claim: Claim, signal: AbortSignal, timeLimitMs: number): Promise<void>;
  /** Resolves when the thread has ended, or was given up (see `startThread`). */
  end(): Promise<void>;
}

/** How long a module may take to load, in milliseconds. */
const loadLimitMs = 30_000;
/** How long a thread may take to hear of an abort before it counts as blocked, in milliseconds. */
const blockedAfterMs = 1000;
/**
 * How long a thread may take to end. Counted in ticks: a time in which the whole process stands still
 * (Ctrl-Z) is one of them at the most.
 */
const endLimit = { ticks: 20, tickMs: 100 };

interface Running {
  readonly signal: AbortSignal;
  /** The abort was heard in the thread. */
  heard: boolean;
  resolve(): void;
  reject(error: Error): void;
}

/**
 * @param closing - ends it while the module is being loaded
 * @param onStuck - called when the thread should end and does not: native code that blocks it cannot
 *   be cut off. It counts as dead then, but goes on, for as long as this process does.
 * @throws ProcessorUnfit when the module cannot be loaded or exports no function; nothing of it runs
 *   any more then, unless it is stuck
 */
export async function startThread(
  path: string,
  closing: AbortSignal,
  onStuck: () => void,
): Promise<Thread> {
  const running = new Map<number, Running>();
  let lastId = 0;
  let dead = false;
  let causeOfDeath = '';
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    ...{ workerData: { path }, stdout: true, stderr: true },
  });
  passOn(worker.stdout, 'stdout');
  passOn(worker.stderr, 'stderr');
  const say = (message: ToThread) => worker.postMessage(message);

  const ready = Promise.withResolvers<void>();
  const unfit = (why: string) => ready.reject(new ProcessorUnfit(`${path}: ${why}`));
  worker.on('message', (message: FromThread) => {
    if (message.type === 'ready') ready.resolve();
    else if (message.type === 'unfit') unfit(message.error);
    else hear(message);
  });
  worker.on('error', (error) => {
    causeOfDeath = messageOf(error);
  });
  const tooLate = setTimeout(() => {
    causeOfDeath = `it took longer than ${loadLimitMs} ms`;
    void end();
  }, loadLimitMs);
  worker.once('message', () => clearTimeout(tooLate));
  worker.on('exit', (status) => {
    clearTimeout(tooLate);
    bury('thread', causeOfDeath || `it called process.exit(${status})`);
  });

  /** @param ended - what is gone, or will be with it */
  function bury(ended: 'thread' | 'process', cause: string): void {
    dead = true;
    unfit(`it ended while it was loaded: ${cause}`);
    for (const order of running.values()) {
      order.reject(new ProcessorDied(`the processor ended its ${ended}: ${cause}`));
    }
    running.clear();
  }

  function hear(message: Exclude<FromThread, { type: 'ready' | 'unfit' }>): void {
    const order = running.get(message.id);
    if (message.type === 'done') order?.resolve();
    else if (message.type === 'failed') order?.reject(new Error(message.error));
    else if (order) order.heard = true;
  }

  let ending: Promise<void> | undefined;
  function end(): Promise<void> {
    ending ??= endOrGiveUp();
    return ending;
  }

  async function endOrGiveUp(): Promise<void> {
    const terminating = worker.terminate();
    for (let tick = 0; tick < endLimit.ticks && !dead; tick++) {
      await Promise.race([terminating, sleep(endLimit.tickMs)]);
    }
    if (dead) return;
    bury('process', causeOfDeath || 'it was blocked');
    onStuck();
  }

  async function run(claim: Claim, signal: AbortSignal, timeLimitMs: number): Promise<void> {
    if (dead) throw new ProcessorDied('the processor ended its thread');
    const id = ++lastId;
    let timer: NodeJS.Timeout | undefined;
    const abort = (reason: string) => say({ type: 'abort', id, reason });
    const onAbort = () => abort(messageOf(signal.reason));
    try {
      await new Promise<void>((resolve, reject) => {
        const order = { signal, heard: false, resolve, reject };
        running.set(id, order);
        signal.addEventListener('abort', onAbort);
        const outOfTime = `it took longer than ${timeLimitMs} ms`;
        timer = setTimeout(() => {
          // Heard of a cancel, it may be blocked all the same since then.
          order.heard = false;
          abort(outOfTime);
          timer = setTimeout(() => {
            if (order.heard) return reject(new Error(outOfTime));
            causeOfDeath ||= `it was blocked, and ${outOfTime}`;
            void end();
          }, blockedAfterMs);
        }, timeLimitMs);
        const answer = orderAnswer(claim.order);
        say({ type: 'process', id, order: answer, attempt: claim.order.attempts });
      });
    } finally {
      running.delete(id);
      signal.removeEventListener('abort', onAbort);
      clearTimeout(timer);
    }
  }

  closing.addEventListener('abort', end);
  try {
    await ready.promise;
  } catch (error) {
    await end();
    throw error;
  } finally {
    closing.removeEventListener('abort', end);
  }
  return {
    get dead() {
      return dead;
    },
    get used() {
      const wanted = [...running.values()].filter((order) => !order.signal.aborted);
      return wanted.length < lastId;
    },
    run,
    end,
  };
}
