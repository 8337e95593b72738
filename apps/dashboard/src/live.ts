import type { components } from '@orders/contract';
import { type Connection, followFeed } from './feed/follow.ts';
import type { OrderEvent } from './feed/frames.ts';
import { readPast } from './feed/past.ts';
import { createRates, type Rates, windowSeconds } from './feed/rates.ts';
import { createRefresh } from './refresh.ts';
import { answered, type Service } from './service.ts';
import { createValue, type Value } from './value.ts';

export type Metrics = components['schemas']['Metrics'];
export type Queue = components['schemas']['Queue'];

/**
 * What goes on in the service. Nothing here asks by the clock: figures are read again when the feed
 * has brought something (an event, or its sign of life each 15 seconds), at most once a second.
 */
export interface Live {
  readonly connection: Value<Connection>;
  readonly metrics: Value<Figures<Metrics>>;
  readonly queue: Value<Figures<Queue>>;
  readonly rates: Rates;
  /** Whether what happened before the page was opened is among the rates. */
  readonly hasPast: Value<boolean>;
  /** The time of the service: milliseconds since 1970-01-01 UTC. */
  now(): number;
  /** The moment up to which it is known what happened: now, or when the connection was lost. */
  knownTo(): number;
  /** Told of all events that came since the last picture was drawn, at once. */
  onEvents(listener: (events: readonly OrderEvent[]) => void): () => void;
  /**
   * Told when what was read may be out of date: after events, and when the feed or the page is
   * back. `missed`: there were events that nobody was told of, while the page was hidden.
   */
  onChange(listener: (missed: boolean) => void): () => void;
  /** Connects at once, should it be waiting to. */
  tryNow(): void;
  stop(): void;
}

/** What was read last, and why it could not be read since, if so. */
export interface Figures<T> {
  readonly read?: T;
  readonly trouble?: string;
}

export function startLive(service: Service): Live {
  const { client } = service;
  const stopping = new AbortController();
  const connection = createValue<Connection>({ kind: 'connecting' });
  const metrics = createValue<Figures<Metrics>>({});
  const queue = createValue<Figures<Queue>>({});
  const rates = createRates();
  const hasPast = createValue(false);
  const eventListeners = new Set<(events: readonly OrderEvent[]) => void>();
  const changeListeners = new Set<(missed: boolean) => void>();
  let aheadMs: number | undefined;
  let lifeAt: number | undefined;
  /** Feeds that were begun. */
  let begun = 0;
  let missed = false;
  let pending: OrderEvent[] = [];
  let drawing = false;

  const now = () => Date.now() + (aheadMs ?? service.aheadMs());

  const refreshMetrics = createRefresh(async () => {
    await keep(metrics, answered(client.GET('/metrics/')));
    const waiting = metrics.get().read?.pending_orders;
    if (waiting !== undefined) rates.noteWaiting(now(), waiting);
  });
  const refreshQueue = createRefresh(async () => {
    await keep(queue, answered(client.GET('/queue')));
    const { at } = queue.get().read ?? {};
    if (at !== undefined) aheadMs = Date.parse(at) - Date.now();
  });

  function changed(): void {
    if (document.hidden) return;
    refreshMetrics.now();
    refreshQueue.now();
    const hadMissed = missed;
    missed = false;
    for (const listener of changeListeners) listener(hadMissed);
  }

  /** A hidden page draws no pictures: what waits for the next one would pile up. */
  function dropWhileHidden(): void {
    missed ||= pending.length > 0;
    pending = [];
  }

  function flush(): void {
    drawing = false;
    const events = pending;
    pending = [];
    for (const listener of eventListeners) listener(events);
    changed();
  }

  async function addPast(lastId: number): Promise<void> {
    const feed = begun;
    // The first second that is drawn is a whole one.
    const begin = now() - (windowSeconds + 1) * 1000;
    const { events, knownSince } = await readPast(client, lastId, begin, stopping.signal);
    if (feed !== begun) return;
    rates.add(events);
    if (knownSince !== undefined) rates.knowSince(knownSince);
    hasPast.set(true);
  }

  const wake = followFeed({
    signal: stopping.signal,
    open: service.openFeed,
    onConnection(state) {
      connection.set(state);
    },
    onBegin(afterId) {
      // What was noted before the first is of the first.
      if (begun > 0) rates.forget();
      begun += 1;
      rates.knowSince(now());
      hasPast.set(false);
      // The chart begins empty then; everything else does not depend on it.
      addPast(afterId).catch(() => {});
    },
    onEvents(events) {
      rates.add(events);
      pending = pending.length === 0 ? [...events] : pending.concat(events);
      if (document.hidden) return dropWhileHidden();
      if (drawing) return;
      drawing = true;
      requestAnimationFrame(flush);
    },
    onLife() {
      lifeAt = now();
      if (!drawing) changed();
    },
  });

  const onShown = () => (document.hidden ? dropWhileHidden() : changed());
  const onOnline = () => wake();
  document.addEventListener('visibilitychange', onShown);
  window.addEventListener('online', onOnline);
  refreshMetrics.now();
  refreshQueue.now();

  return {
    ...{ connection, metrics, queue, rates, hasPast, now },
    knownTo: () => (connection.get().kind === 'live' ? now() : (lifeAt ?? now())),
    onEvents(listener) {
      eventListeners.add(listener);
      return () => eventListeners.delete(listener);
    },
    onChange(listener) {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    tryNow: () => wake(),
    stop() {
      stopping.abort();
      refreshMetrics.stop();
      refreshQueue.stop();
      document.removeEventListener('visibilitychange', onShown);
      window.removeEventListener('online', onOnline);
    },
  };
}

/** Keeps what comes of a call; or why nothing came, beside what there was before. @throws Refused */
async function keep<T>(value: Value<Figures<T>>, call: Promise<unknown>): Promise<void> {
  try {
    value.set({ read: (await call) as T });
  } catch (error) {
    value.set({ ...value.get(), trouble: (error as Error).message });
    throw error;
  }
}
