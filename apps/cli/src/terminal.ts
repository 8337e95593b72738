import type { Readable, Writable } from 'node:stream';

/** What a command reads from and writes to, and how it hears of Ctrl-C. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** What was asked for, and nothing else: it may go into a file or another program. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** Progress, and words for people. */
  readonly stderr: Writable & { readonly isTTY?: boolean };
  /** Relative paths start here: where the user is, not where the project is. */
  readonly directory: string;
  /** Fires at the first Ctrl-C: what is under way comes to an orderly end. */
  readonly interrupted: AbortSignal;
  /** Fires when the user insists. */
  readonly insisted: AbortSignal;
}

/** Resolves when the signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
