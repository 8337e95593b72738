/** A watch on what other processes commit. */
export interface WakeUp {
  /** Ends the watch; nothing is told afterwards. */
  close(): void;
}
