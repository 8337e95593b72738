/** A watch on what other processes commit. */
export interface WakeUp {
  /** Ends the watch; nothing is told afterwards. */
  close(): void;
}

/**
 * What there may be to look at after a commit: `work` when an order can be claimed or is to be
 * cancelled, `events` whenever anything happened to an order.
 */
export type News = 'work' | 'events';
