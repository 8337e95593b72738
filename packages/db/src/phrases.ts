import type { RawBuilder } from 'kysely';

import type { EndStatus } from './schema.ts';

export type ColumnType = 'integer' | 'text';

/** Column names and their SQL types; names come from code, never from outside. */
export type Columns = Readonly<Record<string, ColumnType>>;

/** What one kind of database says in other words than another. One object for each kind. */
export interface Phrases {
  /** A value given by the caller. */
  parameter(type: ColumnType, value: RawBuilder<unknown>): RawBuilder<unknown>;
  /** Up to so many rows are given with a parameter for each field; more of them as JSON. */
  readonly maxFewRows: number;
  /**
   * Rows given by the caller, as a table to select from.
   *
   * @param json - a parameter: an array of rows, each an array in the order of `columns`
   */
  rows(columns: Columns, json: RawBuilder<unknown>): RawBuilder<unknown>;
  /**
   * Rows of which many are the same but for one integer, as a table to select from.
   *
   * @param json - a parameter: an array of groups, each an array in the order of `columns`, and
   *   at its end the array of the integers
   */
  groups(each: string, columns: Columns, json: RawBuilder<unknown>): RawBuilder<unknown>;
  /** What stands behind a column that is to be among what a query selects, which is executed once. */
  among(query: RawBuilder<unknown>): RawBuilder<boolean>;
  /**
   * Statements that change different tables, as one that returns what the last of them returns;
   * null where a database has no such.
   */
  readonly allAtOnce: ((statements: readonly RawBuilder<unknown>[]) => RawBuilder<unknown>) | null;
  /** JSON without what the database's texts cannot hold. */
  storable(json: string): string;
  readonly locks: Locks;
  /**
   * True of all orders that can be claimed, and says where the queue begins, where an index would
   * not: one may keep, for a while, the entries of what has left the queue.
   *
   * @param joined - where this transaction may have made orders claimable: the seq of the first
   */
  inTheQueue(joined?: RawBuilder<unknown>): RawBuilder<boolean>;
  /**
   * True of all orders that workers hold, and says where these are, where no index does.
   *
   * @param workers - names in a list: only what these hold is wanted
   */
  inHand(workers?: RawBuilder<unknown>): RawBuilder<boolean>;
  /** Says of an order how it has ended; of one that has not, anything but that. */
  readonly endedAs: RawBuilder<EndStatus>;
}

/**
 * What stands behind a select of a transaction that writes, where others may write at the same
 * time; nothing where only one can.
 */
export interface Locks {
  /** Takes the rows that nobody else has in hand, and holds them to the end. */
  readonly unlocked: RawBuilder<unknown>;
  /** Waits until it has the rows, as they are then, and holds them to the end. */
  readonly wait: RawBuilder<unknown>;
  /** The rows stay there to the end; others may change them. */
  readonly stay: RawBuilder<unknown>;
}
