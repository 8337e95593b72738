import { eventAnswer } from '@orders/contract';
import type { FeedEvent, TransitionType } from '@orders/db';

/** Which events a reader wants to see; undefined stands for all. */
export type Types = readonly TransitionType[] | undefined;

/**
 * The events of these types as server-sent events. Serialised once for all readers that are given
 * the same list, whatever their number.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export function framesOf(events: readonly FeedEvent[], types: Types): Buffer {
  const known = framesOfList.get(events) ?? new Map<string, Buffer>();
  framesOfList.set(events, known);
  const key = types?.toSorted().join() ?? '';
  let frames = known.get(key);
  if (frames === undefined) {
    const wanted = types ? events.filter(({ type }) => types.includes(type)) : events;
    frames = Buffer.from(wanted.map(frameOf).join(''));
    known.set(key, frames);
  }
  return frames;
}

const framesOfList = new WeakMap<readonly FeedEvent[], Map<string, Buffer>>();

// JSON has no line breaks of its own, so one line of data is enough.
function frameOf(event: FeedEvent): string {
  const answer = eventAnswer(event);
  return `id: ${answer.id}\nevent: ${answer.type}\ndata: ${JSON.stringify(answer)}\n\n`;
}
