import type { components } from '@orders/contract';

export type OrderEvent = components['schemas']['OrderEvent'];

/** What a piece of the stream had in it. */
export interface Frames {
  readonly events: OrderEvent[];
  /** How far the feed is known now, also by frames without an event; undefined: not said yet. */
  readonly lastId: number | undefined;
}

/**
 * Reads server-sent events out of a stream that arrives in pieces, cut anywhere. Knows what the
 * feed of this service sends: one line of data an event, lines that end with a line feed.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function createFrameReader(): (piece: string) => Frames {
  let rest = '';
  let lastId: number | undefined;
  return (piece) => {
    const events: OrderEvent[] = [];
    const text = rest + piece;
    let begin = 0;
    for (;;) {
      const end = text.indexOf('\n\n', begin);
      if (end === -1) break;
      for (const line of text.slice(begin, end).split('\n')) {
        if (line.startsWith('data: ')) events.push(JSON.parse(line.slice(6)));
        else if (line.startsWith('id: ')) lastId = Number(line.slice(4));
      }
      begin = end + 2;
    }
    rest = text.slice(begin);
    return { events, lastId };
  };
}
