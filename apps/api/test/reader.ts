import { type IncomingMessage, request } from 'node:http';

/** A frame of a stream, or what comes between frames, by the names of its fields. */
export type Frame = Record<string, string>;

/** A reader of server-sent events. */
export interface Reader {
  readonly answer: IncomingMessage;
  /** Everything that came so far and has data. */
  readonly events: readonly Frame[];
  /** The last id that came, with or without data. */
  readonly lastId: string | undefined;
  /** Resolves when so many frames with data are here. */
  has(count: number): Promise<void>;
  /** Resolves when the stream is over, however. */
  readonly over: Promise<void>;
  leave(): void;
}

/** Opens a stream; resolves with its first frame. */
export function readStream(
  port: number,
  path: string,
  lastEventId?: string,
  more: Record<string, string> = {},
): Promise<Reader> {
  const headers = {
    ...more,
    Accept: 'text/event-stream',
    ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path, headers, agent: false }, (answer) => {
      const events: Frame[] = [];
      const over = Promise.withResolvers<void>();
      let lastId: string | undefined;
      let text = '';
      let onFrame = () => {};
      answer.setEncoding('utf8').on('data', (chunk) => {
        const blocks = (text + chunk).split('\n\n');
        text = blocks.pop() ?? '';
        for (const frame of blocks.map(parse)) {
          lastId = frame.id ?? lastId;
          if (frame.data !== undefined) events.push(frame);
        }
        onFrame();
        resolve(reader);
      });
      answer.on('error', () => {});
      answer.on('close', () => over.resolve());
      const reader: Reader = {
        answer,
        events,
        get lastId() {
          return lastId;
        },
        has: (count) =>
          new Promise((enough) => {
            onFrame = () => events.length >= count && enough();
            onFrame();
          }),
        over: over.promise,
        leave: () => void sent.destroy(),
      };
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
function parse(block: string): Frame {
  const fields = block.split('\n').map((line) => /^([^:]*): ?(.*)$/.exec(line) ?? ['', line, '']);
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, value]));
}
