import type { DatabaseConnection, Kysely } from 'kysely';
import type pg from 'pg';

import type { Schema } from '../schema.ts';

/** Has something sent that is a transaction of its own, and resolves with the answer. */
export type Lane = <T>(
  database: Kysely<Schema>,
  send: (connection: DatabaseConnection) => Promise<T>,
) => Promise<T>;

/**
 * One connection for all that is under way at the same time. What is given is sent at once, behind
 * what was sent before, whether that was answered or not; the server does one after the other. The
 * connection goes back when nothing is under way any more, and gets no more to do when something
 * failed on it, or somebody else waits for one.
 */
export function createLane(pool: pg.Pool): Lane {
  let lane: OneConnection | undefined;

  return async (database, send) => {
    // While it waits for one itself, it is among those who do; who gets an idle one waits a moment, too.
    if (lane?.isTaken && pool.waitingCount > 0 && pool.idleCount === 0) lane.isLeft = true;
    if (lane === undefined || lane.isLeft) lane = take(database, lane?.given);
    const used = lane;
    used.users += 1;
    try {
      return await send(await used.connection);
    } catch (error) {
      used.isLeft = true;
      throw error;
    } finally {
      used.users -= 1;
      if (used.users === 0) {
        used.isLeft = true;
        used.giveBack();
      }
    }
  };
}

interface OneConnection {
  readonly connection: Promise<DatabaseConnection>;
  users: number;
  isTaken: boolean;
  /** Whether it is not for others any more. */
  isLeft: boolean;
  giveBack(): void;
  /** Settles when it was given back. */
  readonly given: Promise<void>;
}

/** @param before - what is to settle first: nothing overtakes what is under way elsewhere */
function take(database: Kysely<Schema>, before: Promise<void> | undefined): OneConnection {
  const taken = Promise.withResolvers<DatabaseConnection>();
  const over = Promise.withResolvers<void>();
  const one = {
    connection: taken.promise,
    users: 0,
    isTaken: false,
    isLeft: false,
    giveBack: over.resolve,
  };
  async function hold(): Promise<void> {
    await before;
    await database.getExecutor().provideConnection((connection) => {
      one.isTaken = true;
      taken.resolve(connection);
      return over.promise;
    });
  }
  return Object.assign(one, { given: hold().catch(taken.reject) });
}
