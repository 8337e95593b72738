import { type ClientRequest, request } from 'node:http';

/** An event as a stream brings it. */
export interface StreamedEvent {
  readonly id: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/**
 * Reads a stream of events until it is over or cut off by the reader.
 *
 * @param onEvent - called with each event; true cuts the connection, in the middle of whatever
 *   has already arrived behind it
 * @returns the last id that came, with an event or without one
 */
export function readEvents(
  url: string,
  lastEventId: string | undefined,
  onEvent: (event: StreamedEvent) => boolean,
): Promise<string | undefined> {
  const headers = {
    Accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
  };
  return new Promise((resolve, reject) => {
    let lastId = lastEventId;
    let text = '';
    const sent: ClientRequest = request(url, { headers, agent: false }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`status ${answer.statusCode}`));
      answer.setEncoding('utf8').on('data', (chunk) => {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          if (sent.destroyed) return;
          lastId = /^id: (.*)$/m.exec(block)?.[1] ?? lastId;
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data === undefined) continue;
          const type = /^event: (.*)$/m.exec(block)?.[1] ?? 'message';
          if (onEvent({ id: Number(lastId), type, data: JSON.parse(data) })) sent.destroy();
        }
      });
      answer.on('error', () => {});
      answer.on('close', () => resolve(lastId));
    });
    sent.on('error', reject);
    sent.end();
  });
}
