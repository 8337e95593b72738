import { Worker } from 'node:worker_threads';

/**
 * Copies frames of the -wal file into the database beside whoever writes, in a thread of its own:
 * some thousand pages all over a large file take the disk 30 to 50 ms, for which nobody could write.
 */
export interface FrameCopier {
  /** Has it copy all frames but those that come meanwhile; where it is about it, nothing happens. */
  ask(): void;
  /**
   * Whether that was done since it was asked, as far as it could be: what is left for the -wal file
   * to begin anew is little, as a rule.
   */
  readonly isDone: boolean;
  /** It was noticed: it can be asked again. */
  reset(): void;
  /** Resolves when the thread has ended, after what it is about. */
  end(): Promise<void>;
}

/** What both threads know of it: one who never waits for an event has no other way to hear. */
export const idle = 0;
export const copying = 1;
export const done = 2;

export interface FrameCopierData {
  readonly path: string;
  /** The file that has this path; see `fileIdentity`. */
  readonly file: string;
  readonly state: Int32Array;
}

/** Begins the thread when it is needed first. Processes that write little have none. */
export function createFrameCopier({ path, file }: Omit<FrameCopierData, 'state'>): FrameCopier {
  const state = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  let thread: Worker | undefined;
  let ended = Promise.resolve();

  function begin(): Worker {
    const begun = new Worker(new URL('./frame-copier-main.ts', import.meta.url), {
      workerData: { path, file, state } satisfies FrameCopierData,
      // The file that it has open must stay open when it ends: see frame-copier-main.ts.
      trackUnmanagedFds: false,
      resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 32 },
    });
    begun.unref();
    // Who asked copies all by itself then, and begins another thread the next time.
    begun.on('error', () => {});
    ended = new Promise((resolve) => {
      begun.on('exit', () => {
        thread = undefined;
        Atomics.compareExchange(state, 0, copying, done);
        resolve();
      });
    });
    return begun;
  }

  return {
    ask() {
      if (Atomics.compareExchange(state, 0, idle, copying) !== idle) return;
      thread ??= begin();
      thread.postMessage('copy');
    },
    get isDone() {
      return Atomics.load(state, 0) === done;
    },
    reset() {
      Atomics.store(state, 0, idle);
    },
    async end() {
      thread?.ref();
      thread?.postMessage('end');
      await ended;
    },
  };
}
