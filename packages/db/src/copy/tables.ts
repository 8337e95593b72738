import type { RawBuilder } from 'kysely';

import { isOfOrders } from '../event-runs.ts';
import type { ColumnType } from '../phrases.ts';
import type { Schema } from '../schema.ts';

/**
 * All tables but that of counters, with all their columns, in the order in which they are copied. A
 * table or a column that the schema has and this list has not is a mistake that the compiler finds.
 */

/** They are copied as they are, in the order of their key. */
export const plainTables: { readonly [Name in PlainName]: PlainTable<Name> } = {
  orders: {
    key: 'seq',
    columns: {
      seq: 'integer',
      order_id: 'text',
      user_id: 'text',
      total_minor: 'integer',
      currency: 'text',
      status: 'text',
      attempt: 'integer',
      attempts_unspent: 'integer',
      crashes: 'integer',
      claimed_alone: 'integer',
      not_before: 'integer',
      claimed_by: 'text',
      placed_at: 'integer',
      started_at: 'integer',
      finished_at: 'integer',
      cancel_requested_at: 'integer',
      last_error: 'text',
      request_id: 'text',
      item_ids: 'text',
    },
  },
  event_runs: {
    key: 'run',
    only: isOfOrders,
    columns: {
      run: 'integer',
      seq: 'integer',
      orders: 'integer',
      type: 'text',
      at: 'integer',
      attempt: 'integer',
      worker: 'text',
      detail: 'text',
    },
  },
  idempotency_keys: {
    key: 'key',
    columns: { key: 'text', fingerprint: 'text', created_at: 'integer' },
  },
  pruned_orders: { key: 'order_id', columns: { order_id: 'text' } },
  // Only dead ones are ever copied: where they were, their orders are taken back into the queue.
  workers: {
    key: 'worker',
    columns: {
      worker: 'text',
      started_at: 'integer',
      alive_until: 'integer',
      lease_ms: 'integer',
    },
  },
};

/** Counters are copied apart: what is added up over all slots there stands in one slot here. */
type PlainName = Exclude<keyof Schema, 'order_events' | 'counters'>;

export interface PlainTable<N extends PlainName> {
  readonly key: keyof Schema[N] & string;
  /** Which rows: all, where nothing is said. */
  readonly only?: RawBuilder<boolean>;
  readonly columns: { readonly [Column in keyof Schema[N]]: ColumnType };
}
