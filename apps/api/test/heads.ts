import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';

/** Node publishes here each request of which the server has read the head. */
export const headsRead = 'http.server.request.start';

/** When the server has read the head of what asks for that; it may not have begun it. */
export function headRead(path: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  function look(message: unknown): void {
    if ((message as { request: IncomingMessage }).request.url !== path) return;
    unsubscribe(headsRead, look);
    resolve();
  }
  subscribe(headsRead, look);
  return promise;
}
