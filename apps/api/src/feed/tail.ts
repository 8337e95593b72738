import { setTimeout as sleep } from 'node:timers/promises';
import {
  BeyondFeed,
  type Database,
  endOfEvents,
  type FeedEvent,
  readEvents,
  watchAllCommits,
} from '@orders/db';
import type { Log } from '@orders/runtime';

/** A reader at the end of the feed of all orders. */
export interface Tail {
  /** Everything up to this event has been handed on. */
  readonly position: number;
  /** Nothing is handed on afterwards. */
  stop(): void;
}

/** The slow poll behind the watch, in milliseconds. */
const pollIntervalMs = 1000;
/** Events in one read at the most. */
const maxRead = 1000;
const shortestRestMs = 5;
/**
 * How many times as long as reading and telling took it rests afterwards. They get a tenth of the
 * time; half of it when there is more to read already, so that it does not fall behind for good.
 */
const restFactor = { atEnd: 9, behind: 1 };

/**
 * Reads every event that is committed from now on, whoever commits it: once, in order, one query
 * a change. Changes that come close together share a read. While the database is unavailable it
 * tries again, and misses nothing; where an older copy has taken its place, it goes on at the end of
 * that.
 *
 * @param onEvents - called with one event or more
 * @param onBeyond - called when the feed ends before the position by now
 * @throws DatabaseUnavailable when the end of the feed could not be found
 */
export async function startTail(
  database: Database,
  log: Log,
  onEvents: (events: readonly FeedEvent[]) => void,
  onBeyond: () => void,
): Promise<Tail> {
  let stopped = false;
  // True at first: what was committed while the end was looked for is read at once.
  let changed = true;
  let running = true;
  let behind = false;
  const onChange = () => {
    changed = true;
    if (!running) void run();
  };
  const watch = watchAllCommits(database, onChange);
  const poll = setInterval(onChange, pollIntervalMs);
  const stop = () => {
    stopped = true;
    clearInterval(poll);
    watch.close();
  };
  let position = await endOfEvents(database).catch((error) => {
    stop();
    throw error;
  });

  async function run(): Promise<void> {
    running = true;
    while (changed && !stopped) {
      changed = false;
      const began = performance.now();
      await readOn().catch(goOn);
      // What is told goes out to the sockets in the next tick: that is most of what it costs.
      await new Promise(process.nextTick);
      const tookMs = performance.now() - began;
      const restMs = tookMs * (behind ? restFactor.behind : restFactor.atEnd);
      await sleep(Math.min(pollIntervalMs, Math.max(shortestRestMs, restMs)));
    }
    running = false;
  }

  function goOn(err: unknown): void {
    log.warn({ err }, 'cannot read events, trying again');
    if (!(err instanceof BeyondFeed) || stopped) return;
    position = err.end;
    onBeyond();
  }

  async function readOn(): Promise<void> {
    const { events, readTo } = await readEvents(database, position, maxRead);
    if (stopped) return;
    position = readTo;
    if (events.length > 0) onEvents(events);
    behind = events.length === maxRead;
    if (behind) changed = true;
  }

  void run();
  return {
    get position() {
      return position;
    },
    stop,
  };
}
