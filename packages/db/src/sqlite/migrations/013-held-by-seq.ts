import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What is in hand by its place instead of by its worker. Each claim makes an entry and each end
 * deletes one: by worker those of four workers with a hundred orders each were five pages, by place
 * they are one. Who asks for the orders of one worker looks at all that are in hand.
 */
export const heldBySeq: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'drop index orders_held',
  `create index orders_held on orders (seq) where status = 'PROCESSING'`,
];
