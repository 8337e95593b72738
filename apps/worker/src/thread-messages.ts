import type { OrderAnswer } from '@orders/contract';

/** What the worker says to the thread that runs a user's processor. */
export type ToThread =
  | {
      readonly type: 'process';
      readonly id: number;
      readonly order: OrderAnswer;
      readonly attempt: number;
    }
  | { readonly type: 'abort'; readonly id: number; readonly reason: string };

/** What the thread says to the worker. */
export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'unfit'; readonly error: string }
  | { readonly type: 'done'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly error: string }
  /** The abort has reached the signal: the thread is not blocked, whatever the processor does. */
  | { readonly type: 'aborting'; readonly id: number };
