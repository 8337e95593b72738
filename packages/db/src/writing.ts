import type { DatabaseConnection, Transaction } from 'kysely';

import type { Phrases } from './phrases.ts';
import type { Schema } from './schema.ts';
import type { Transition } from './transitions.ts';
import type { News } from './wake-up.ts';

/** How a transaction, or a reader's snapshot, began. */
export interface Beginning {
  /** The time, in milliseconds since 1970-01-01 UTC, by the clock that counts. */
  readonly now: number;
  /** Counters are kept in several rows each; those with this number are this transaction's own. */
  readonly slot: number;
}

/**
 * One write transaction: all of it is done, on the disk, or nothing. `now` is the time of all that
 * it does; on SQLite read after the write lock was got.
 */
export interface Writing extends Beginning {
  readonly trx: Transaction<Schema>;
  /** The transaction's: `trx` sends a statement only when the one before it was answered. */
  readonly connection: DatabaseConnection;
  /** See `Database`; `together` is the way to use it. */
  readonly pipelines: boolean;
  readonly phrases: Phrases;
  /** What happened to orders in it, in this order; written down at its end. */
  readonly transitions: Transition[];
  /** What workers elsewhere are to be told of when it is done, beside what transitions tell. */
  readonly news: Set<News>;
  /** By how many more, or less, orders of each block of seqs can be claimed; see queue-blocks.ts. */
  readonly queue: Map<number, number>;
}
