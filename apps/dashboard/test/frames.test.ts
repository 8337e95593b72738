import { expect } from 'chai';
import { createFrameReader } from '../src/feed/frames.ts';
import { event } from './events.ts';

const events = [event('placed', 0, { detail: 'a "text"\nof two lines' }), event('started', 1)];
const frames = events.map(
  (one) => `id: ${one.id}\nevent: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`,
);

describe('the stream of events', () => {
  it('is read whole, wherever it is cut', () => {
    const text = `retry: 3000\nid: 1\n\n${frames.join(': nothing new\nid: 1\n\n')}`;
    for (let length = 1; length <= text.length; length += 1) {
      const read = createFrameReader();
      const found = [];
      for (let at = 0; at < text.length; at += length) {
        found.push(...read(text.slice(at, at + length)).events);
      }
      expect(found, `in pieces of ${length}`).to.deep.equal(events);
    }
  });

  it('tells how far it is known also where no event comes', () => {
    const read = createFrameReader();
    expect(read(': hello\n')).to.deep.equal({ events: [], lastId: undefined });
    expect(read('id: 7\n\n')).to.deep.equal({ events: [], lastId: 7 });
    expect(read(frames.join('')).lastId).to.equal(events[1]?.id);
  });
});
