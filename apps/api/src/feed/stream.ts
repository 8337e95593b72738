import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** A stream of server-sent events to one reader. */
export interface EventStream {
  /**
   * Sends frames. From then on the reader knows every event up to `id`, and comes back with that,
   * also when no frame brought it. A reader that has more than `maxUnreadBytes` unread by now is
   * cut off instead.
   */
  send(frames: Buffer, id: number): void;
  /**
   * Resolves when nothing is unread, or the stream is over: a reader that leaves something unread for
   * as long as `unreadMs` is cut off.
   */
  drained(): Promise<void>;
  end(): void;
}

export interface StreamOptions {
  /** The event behind which the stream begins. */
  readonly after: number;
  /** Fires when the stream is over, whoever ended it. */
  readonly over: AbortSignal;
  /** Fires when the stream is to end at once. */
  readonly stopping: AbortSignal;
  readonly heartbeatMs?: number;
  readonly maxUnreadBytes?: number;
  readonly unreadMs?: number;
}

/** Fires when an answer is over: sent, or its client gone. */
export function overSignal(res: ServerResponse): AbortSignal {
  const over = new AbortController();
  if (res.closed) over.abort();
  res.once('close', () => over.abort());
  return over.signal;
}

/** Begins an answer that goes on, with a comment now and then while nothing happens. */
export function openStream(
  res: ServerResponse,
  { after, over, stopping, ...bounds }: StreamOptions,
): EventStream {
  const { heartbeatMs = 15_000, maxUnreadBytes = 1024 * 1024, unreadMs = 30_000 } = bounds;
  let known = after;

  function write(frames: string | Buffer): void {
    if (res.writableEnded || res.destroyed) return;
    // Looked at before, not after: whoever has read everything is never cut off, however much comes.
    if (res.writableLength > maxUnreadBytes) res.destroy();
    else res.write(frames);
  }

  // An id without data is remembered by the reader, and nothing dispatched: one that is cut off
  // before its first event comes back to the same place.
  const say = (line: string) => write(`${line}\nid: ${known}\n\n`);

  // Who has not read everything is cut off, and comes back elsewhere: the end waits for nobody.
  const stop = () => (res.writableLength > 0 ? res.destroy() : res.end());

  res.writeHead(200, headers);
  // Where only the head was asked for, no write would send it.
  res.flushHeaders();
  say('retry: 3000');
  const heartbeat = setInterval(say, heartbeatMs, ': nothing new');
  stopping.addEventListener('abort', stop);
  const cleanUp = () => {
    clearInterval(heartbeat);
    stopping.removeEventListener('abort', stop);
  };
  if (over.aborted) cleanUp();
  over.addEventListener('abort', cleanUp);
  if (stopping.aborted) res.end();

  return {
    send(frames, id) {
      known = id;
      if (frames.length > 0) write(frames);
    },
    async drained() {
      if (!res.writableNeedDrain) return;
      const cutOff = setTimeout(() => res.destroy(), unreadMs);
      // Rejects when the stream is over, which is an answer too.
      await once(res, 'drain', { signal: over }).catch(() => {});
      clearTimeout(cutOff);
    },
    end: () => void res.end(),
  };
}

const headers = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  // Proxies of nginx's kind would hold events back.
  'X-Accel-Buffering': 'no',
  // The connection ends with the stream: a server that stops need not wait for it.
  Connection: 'close',
};
