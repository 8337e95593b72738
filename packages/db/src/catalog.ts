import type { Kysely } from 'kysely';

import type { Schema } from './schema.ts';

/** The last numbers handed out, also those that no row has because the transaction was undone. */
export interface LastNumbers {
  readonly seq: number;
  /** Of events; see event-runs.ts. */
  readonly run: number;
}

/** What a kind of database says about itself in its own words. */
export interface Catalog {
  hasTable(db: Kysely<Schema>, name: string): Promise<boolean>;
  lastNumbers(db: Kysely<Schema>): Promise<LastNumbers>;
  /** What is placed and what happens from now on gets larger numbers than these. */
  continueAfter(db: Kysely<Schema>, last: LastNumbers): Promise<void>;
  /** Counts anew what this kind of database alone keeps of claims, after rows were copied into it. */
  recountClaims(db: Kysely<Schema>): Promise<void>;
  /** What of that is not as it should be, in words. */
  findMiscounted(db: Kysely<Schema>): Promise<string[]>;
}
