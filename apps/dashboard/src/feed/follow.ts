import { createFrameReader, type OrderEvent } from './frames.ts';

/** How it stands with the stream of events. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Gone; it is tried again at `againAt`. Times are milliseconds as of `Date.now()`. */
  | { readonly kind: 'lost'; readonly since: number; readonly againAt: number }
  /** The service does not let this reader in; it is not tried again. */
  | { readonly kind: 'refused'; readonly status: number };

export interface FollowOptions {
  /** Asks for the stream; with the id of the event behind which it is to go on, if one is known. */
  open(lastId: number | undefined, signal: AbortSignal): Promise<Response>;
  onConnection(connection: Connection): void;
  /**
   * Every event behind this one is told from now on: said first of all, and again where the feed is
   * none that was known before.
   */
  onBegin(afterId: number): void;
  onEvents(events: readonly OrderEvent[]): void;
  /** Something came over the stream, if only a sign of life. */
  onLife(): void;
  readonly signal: AbortSignal;
  /** For tests: how long a stream may be silent, and how long to wait after failures in a row. */
  readonly silenceMs?: number;
  pauseMs?(failures: number): number;
}

/** The service says something every 15 seconds. */
const patienceMs = 40_000;

/** A second, then twice as long each time up to half a minute, less up to a quarter by chance. */
export function pauseAfter(failures: number, random = Math.random): number {
  return Math.min(30_000, 1000 * 2 ** (failures - 1)) * (1 - random() / 4);
}

/**
 * Follows the feed until told to stop. Whenever the stream ends, breaks or falls silent it connects
 * again and goes on behind the last event that it knows: every event is told once, in order. Where
 * the feed ends before that it begins anew, with what happens from then on.
 *
 * @returns a function that ends a pause between two tries
 */
export function followFeed(options: FollowOptions): () => void {
  const { signal, onConnection, pauseMs = pauseAfter } = options;
  let lastId: number | undefined;
  let failures = 0;
  let wake = () => {};

  async function run(): Promise<void> {
    onConnection({ kind: 'connecting' });
    while (!signal.aborted) {
      const refused = await readOnce().catch(() => undefined);
      if (signal.aborted) return;
      if (refused !== undefined) return onConnection({ kind: 'refused', status: refused });
      failures += 1;
      const ms = pauseMs(failures);
      const since = Date.now();
      onConnection({ kind: 'lost', since, againAt: since + ms });
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** @returns the status when the service lets nobody in; rejects or ends with the stream */
  async function readOnce(): Promise<number | undefined> {
    const stop = new AbortController();
    const enough = () => stop.abort();
    signal.addEventListener('abort', enough);
    let silence = setTimeout(enough, options.silenceMs ?? patienceMs);
    try {
      const response = await options.open(lastId, stop.signal);
      if (response.status === 401 || response.status === 403) return response.status;
      // Its database is another one now: what it has is read once it is live again.
      if (response.status === 410) lastId = undefined;
      if (!response.ok || response.body === null) return undefined;
      const frames = createFrameReader();
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        clearTimeout(silence);
        silence = setTimeout(enough, options.silenceMs ?? patienceMs);
        tell(frames(piece));
      }
      return undefined;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', enough);
    }
  }

  function tell(read: { events: OrderEvent[]; lastId: number | undefined }): void {
    if (read.lastId === undefined) return;
    const begins = lastId === undefined;
    if (failures > 0 || begins) onConnection({ kind: 'live' });
    failures = 0;
    lastId = read.lastId;
    // The first piece may have had events in it already.
    if (begins) options.onBegin((read.events[0]?.id ?? lastId + 1) - 1);
    if (read.events.length > 0) options.onEvents(read.events);
    options.onLife();
  }

  void run();
  return () => wake();
}
