import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The keys under which orders were placed, until they are a day old. */
export const idempotency: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  `create table idempotency_keys (
    key text primary key,
    fingerprint text not null,
    created_at integer not null
  ) strict, without rowid`,
  // For the sweep, which takes the oldest.
  'create index idempotency_keys_created_at on idempotency_keys (created_at)',
];
