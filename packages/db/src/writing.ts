import type { Transaction } from 'kysely';

import type { Phrases } from './phrases.ts';
import type { Schema } from './schema.ts';
import type { Transition } from './transitions.ts';

/** One write transaction: all of it is done, on the disk, or nothing. */
export interface Writing {
  readonly trx: Transaction<Schema>;
  /** The time of everything that this transaction does; read after the write lock was got. */
  readonly now: number;
  readonly phrases: Phrases;
  /** What happened to orders in it, in this order; written down at its end. */
  readonly transitions: Transition[];
  /** By how many more, or less, orders of each block of seqs can be claimed; see queue-blocks.ts. */
  readonly queue: Map<number, number>;
}
