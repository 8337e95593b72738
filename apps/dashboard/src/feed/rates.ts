import type { OrderEvent } from './frames.ts';

/** What is drawn: for each second what was counted in it, oldest first; null: it is not known. */
export interface Drawn {
  /** Seconds since 1970-01-01 UTC. */
  readonly seconds: number[];
  readonly placed: (number | null)[];
  readonly completed: (number | null)[];
  readonly failed: (number | null)[];
  /** Orders that waited at the end of the second. */
  readonly waiting: (number | null)[];
}

/**
 * Counts events by the second in which they happened. Whatever comes, it keeps a few numbers for
 * each second of the window, and that is what is drawn.
 */
export interface Rates {
  add(events: readonly OrderEvent[]): void;
  /** Notes how many orders wait at a moment: it is counted on and back as far as all is known. */
  noteWaiting(atMs: number, orders: number): void;
  /** Every event of the whole seconds since then is among those added; before, nothing is known. */
  knowSince(atMs: number): void;
  /** Begins anew: nothing is known. */
  forget(): void;
  /** The whole seconds up to a moment; the one that it lies in is not over. */
  until(nowMs: number): Drawn;
}

export const windowSeconds = 300;

export function createRates(): Rates {
  const seconds = new Map<number, Second>();
  let newest = Number.NEGATIVE_INFINITY;
  let knownSince = Number.POSITIVE_INFINITY;

  function at(second: number): Second | undefined {
    if (second <= newest - 2 * windowSeconds) return undefined;
    let found = seconds.get(second);
    if (found === undefined) {
      found = { ...nothing };
      seconds.set(second, found);
      newest = Math.max(newest, second);
      for (const old of seconds.keys()) {
        if (old <= newest - 2 * windowSeconds) seconds.delete(old);
      }
    }
    return found;
  }

  return {
    add(events) {
      for (const event of events) {
        const second = at(Math.floor(Date.parse(event.at) / 1000));
        if (second === undefined) continue;
        const kind = counted[event.type];
        if (kind !== undefined) second[kind] += 1;
        second.joined += joins(event);
      }
    },
    noteWaiting(atMs, orders) {
      const second = at(Math.floor(atMs / 1000));
      // What of this second is in the number already is not counted on top of it.
      if (second) second.noted = orders - second.joined;
    },
    knowSince(atMs) {
      knownSince = Math.ceil(atMs / 1000);
    },
    forget() {
      seconds.clear();
      newest = Number.NEGATIVE_INFINITY;
      knownSince = Number.POSITIVE_INFINITY;
    },
    until(nowMs) {
      const end = Math.floor(nowMs / 1000);
      const begin = end - windowSeconds;
      const waiting = waitingBetween(begin, end);
      const drawn: Drawn = { seconds: [], placed: [], completed: [], failed: [], waiting };
      for (let second = begin; second < end; second += 1) {
        const counts = second >= knownSince ? (seconds.get(second) ?? nothing) : undefined;
        drawn.seconds.push(second);
        drawn.placed.push(counts?.placed ?? null);
        drawn.completed.push(counts?.completed ?? null);
        drawn.failed.push(counts?.failed ?? null);
      }
      return drawn;
    },
  };

  function waitingBetween(begin: number, end: number): (number | null)[] {
    const waiting: (number | null)[] = [];
    // A number from before the window counts too: it is counted on from there.
    let known: number | null = null;
    // The second that is not over is not shown, but may be the first in which somebody looked.
    for (let second = end - 2 * windowSeconds; second <= end; second += 1) {
      const counts = seconds.get(second);
      if (second < knownSince) known = null;
      else if (counts?.noted != null) known = counts.noted + counts.joined;
      else if (known !== null) known += counts?.joined ?? 0;
      if (second >= begin) waiting.push(known === null ? null : Math.max(0, known));
    }
    const first = waiting.findIndex((orders) => orders !== null);
    for (let i = first - 1; i >= 0 && begin + i >= knownSince; i -= 1) {
      const after = waiting[i + 1] ?? 0;
      waiting[i] = Math.max(0, after - (seconds.get(begin + i + 1)?.joined ?? 0));
    }
    return waiting.slice(0, -1);
  }
}

/**
 * A line with each value averaged over the last few: what comes now and then looks like needles
 * otherwise. Where a value is not known, it is not averaged over.
 */
export function smoothed(line: readonly (number | null)[], over: number): (number | null)[] {
  return line.map((value, i) => {
    if (value === null) return null;
    const known = line.slice(Math.max(0, i - over + 1), i + 1).filter((one) => one !== null);
    return known.reduce((sum, one) => sum + one, 0) / known.length;
  });
}

interface Second {
  placed: number;
  completed: number;
  failed: number;
  /** How many more orders wait at its end than at its beginning. */
  joined: number;
  /** How many waited at its beginning, where somebody looked within it. */
  noted: number | null;
}

const nothing: Second = { placed: 0, completed: 0, failed: 0, joined: 0, noted: null };

const counted: { readonly [type in OrderEvent['type']]?: 'placed' | 'completed' | 'failed' } = {
  'order.placed': 'placed',
  'order.completed': 'completed',
  'order.failed': 'failed',
};

function joins({ type, worker }: OrderEvent): number {
  if (type === 'order.started') return -1;
  // One that a worker had in hand did not wait.
  if (type === 'order.cancelled') return worker === null ? -1 : 0;
  return waitsAfter.has(type) ? 1 : 0;
}

const waitsAfter: ReadonlySet<OrderEvent['type']> = new Set([
  'order.placed',
  'order.attempt_failed',
  'order.released',
  'order.interrupted',
  'order.retried',
]);
