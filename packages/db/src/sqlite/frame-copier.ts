import { Worker } from 'node:worker_threads';

/**
 * Copies frames of the -wal file into the database beside whoever writes, in a thread of its own:
 * some thousand pages all over a large file take the disk 30 to 50 ms, for which nobody could write.
 */
export interface FrameCopier {
  /**
   * Has it copy what there is, and what comes meanwhile, to a few frames.
   *
   * @returns false, and nothing happens, while it is about it, is done and nobody has asked, or cannot
   *   begin
   */
  ask(): boolean;
  /** Whether it is done, as far as it could; says so once. */
  takeDone(): boolean;
  /** Resolves when the thread has ended, after the step that it is about. */
  end(): Promise<void>;
}

/** What both threads know: one who never waits for an event has no other way to hear of it. */
export const idle = 0;
export const copying = 1;
export const done = 2;

export interface FrameCopierData {
  readonly path: string;
  /** The file that has this path; see `fileIdentity`. */
  readonly file: string;
  readonly state: Int32Array;
}

/** The thread begins when it is needed first: it takes some 25 MB, and who writes little has none. */
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
    // It cannot begin. What is wrong with the file whoever writes will hear himself.
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
      if (Atomics.load(state, 0) !== idle) return false;
      try {
        thread ??= begin();
      } catch {
        // The system has no thread left.
        return false;
      }
      Atomics.store(state, 0, copying);
      thread.postMessage('copy');
      return true;
    },
    takeDone: () => Atomics.compareExchange(state, 0, done, idle) === done,
    async end() {
      thread?.ref();
      thread?.postMessage('end');
      await ended;
    },
  };
}
