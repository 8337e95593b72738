import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { Database, FeedEvent } from '@orders/db';
import type { Log } from '@orders/runtime';
import { startTail, type Tail } from './tail.ts';

/** Told of events as they become known, in order. Must not throw. */
export type Follower = (events: readonly FeedEvent[]) => void;

/** Hands new events to everybody who waits for them. */
export interface Hub {
  /**
   * Has a follower told of every event of one order, or of all, from now on. What was committed
   * before this resolves can be read from the database; what is committed later is told.
   *
   * @param onBeyond - called when what was told is no part of the feed any more, since an older copy
   *   of the database has taken its place
   * @throws DatabaseUnavailable
   */
  follow(follower: Follower, orderId?: string, onBeyond?: () => void): Promise<Following>;
  /**
   * Reads of what there is already. Where reading leaves the event loop to nobody they come one after
   * the other, each in a turn of its own, however many want to.
   */
  inTurn<T>(read: () => Promise<T>): Promise<T>;
}

export interface Following {
  /** Every event up to this one has been told; grows also with events of other orders. */
  readonly position: number;
  /** Frees the place; nothing is told afterwards. */
  stop(): void;
}

/**
 * One reader of the database for all followers of this process: a thousand of them cost one
 * query a change. Without followers nothing is read or watched.
 */
export function createHub(database: Database, log: Log): Hub {
  const followers = new Map<string | undefined, Set<Follower>>();
  let tail: Promise<Tail> | undefined;
  const beyond = new Set<() => void>();
  let lastRead: Promise<unknown> = Promise.resolve();

  function tell(events: readonly FeedEvent[]): void {
    for (const follower of followers.get(undefined) ?? []) follower(events);
    for (const [orderId, ofOrder] of Map.groupBy(events, (event) => event.orderId)) {
      for (const follower of followers.get(orderId) ?? []) follower(ofOrder);
    }
  }

  function tellBeyond(): void {
    for (const onBeyond of [...beyond]) onBeyond();
  }

  function leave(follower: Follower, orderId: string | undefined): void {
    const others = followers.get(orderId);
    others?.delete(follower);
    if (others?.size === 0) followers.delete(orderId);
    if (followers.size > 0) return;
    tail?.then(({ stop }) => stop()).catch(() => {}); // Whoever follows was told of the failure.
    tail = undefined;
  }

  return {
    async follow(follower, orderId, onBeyond = () => {}) {
      const others = followers.get(orderId) ?? new Set();
      followers.set(orderId, others.add(follower));
      beyond.add(onBeyond);
      const stop = () => {
        beyond.delete(onBeyond);
        leave(follower, orderId);
      };
      tail ??= startTail(database, log, tell, tellBeyond);
      try {
        const started = await tail;
        return {
          get position() {
            return started.position;
          },
          stop,
        };
      } catch (error) {
        stop();
        throw error;
      }
    },
    inTurn(read) {
      if (!database.blocks) return read();
      // Of what is due in one turn Node runs all, whether there is something to do for others or not.
      const reading = lastRead.then(() => turnOfTheLoop()).then(read);
      lastRead = reading.catch(() => {});
      return reading;
    },
  };
}
