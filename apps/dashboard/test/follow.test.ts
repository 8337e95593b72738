import { expect } from 'chai';
import { type Connection, followFeed, pauseAfter } from '../src/feed/follow.ts';
import { event } from './events.ts';

/** A service whose streams a test writes by hand. */
function given(
  options: {
    status?: number | ((lastId: number | undefined) => number);
    pauseMs?: () => number;
    silenceMs?: number;
  } = {},
) {
  const stopping = new AbortController();
  const asked: (number | undefined)[] = [];
  const states: Connection['kind'][] = [];
  const begins: number[] = [];
  const ids: number[] = [];
  const waiting = new Set<() => void>();
  let stream: ReadableStreamDefaultController<Uint8Array>;
  const told = () => {
    for (const look of waiting) look();
  };
  const wake = followFeed({
    signal: stopping.signal,
    pauseMs: () => 0,
    ...options,
    async open(lastId, signal) {
      asked.push(lastId);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          stream = controller;
          signal.addEventListener('abort', () => controller.error(signal.reason));
        },
      });
      queueMicrotask(told);
      const { status = 200 } = options;
      return new Response(body, { status: typeof status === 'number' ? status : status(lastId) });
    },
    onConnection({ kind }) {
      states.push(kind);
      told();
    },
    onBegin: (afterId) => begins.push(afterId),
    onEvents: (events) => ids.push(...events.map(({ id }) => id)),
    onLife: told,
  });
  return {
    ...{ asked, states, begins, ids, wake },
    write: (text: string) => stream.enqueue(new TextEncoder().encode(text)),
    end: () => stream.close(),
    break: () => stream.error(new Error('reset')),
    stop: () => stopping.abort(),
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

const frame = (id: number) => `id: ${id}\ndata: ${JSON.stringify(event('placed', 0, { id }))}\n\n`;

describe('following the feed', () => {
  it('goes on behind the last event that it knows, whether the stream ends or breaks', async () => {
    const feed = given();
    await feed.until(() => feed.asked.length === 1);
    feed.write(`id: 4\n\n${frame(5)}`);
    await feed.until(() => feed.ids.length === 1);
    feed.end();
    await feed.until(() => feed.asked.length === 2);
    feed.write(`id: 5\n\n${frame(6)}${frame(7).slice(0, 9)}`);
    await feed.until(() => feed.ids.length === 2);
    feed.break();
    await feed.until(() => feed.asked.length === 3);
    feed.write(frame(7));
    await feed.until(() => feed.ids.length === 3);
    feed.stop();
    expect(feed.asked).to.deep.equal([undefined, 5, 6]);
    expect(feed.ids).to.deep.equal([5, 6, 7]);
    expect(feed.begins).to.deep.equal([4]);
    expect(feed.states).to.deep.equal(['connecting', 'live', 'lost', 'live', 'lost', 'live']);
  });

  it('does not believe a stream that is silent for longer than signs of life are apart', async () => {
    const feed = given({ silenceMs: 20 });
    await feed.until(() => feed.asked.length === 1);
    feed.write('id: 4\n\n');
    await feed.until(() => feed.asked.length === 2);
    feed.stop();
    expect(feed.asked[1]).to.equal(4);
  });

  it('tries again and again, each time later, unless it is told not to wait', async () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((failures) => pauseAfter(failures, () => 0) / 1000);
    expect(pauses).to.deep.equal([1, 2, 4, 8, 16, 30, 30]);
    expect(pauseAfter(1, () => 1)).to.equal(750);

    const feed = given({ status: 503, pauseMs: () => 60_000 });
    for (const tries of [1, 2, 3]) {
      await feed.until(() => feed.states.length === tries + 1);
      expect(feed.asked).to.have.length(tries);
      feed.wake();
    }
    feed.stop();
    expect(new Set(feed.states)).to.deep.equal(new Set(['connecting', 'lost']));
  });

  it('begins anew at the end of a feed that ends before what it knows', async () => {
    const feed = given({ status: (lastId) => (lastId === 900 ? 410 : 200) });
    await feed.until(() => feed.asked.length === 1);
    feed.write('id: 900\n\n');
    await feed.until(() => feed.states.includes('live'));
    feed.end();
    await feed.until(() => feed.asked.length === 3);
    feed.write(frame(5));
    await feed.until(() => feed.ids.length === 1);
    feed.stop();
    expect(feed.asked).to.deep.equal([undefined, 900, undefined]);
    expect(feed.begins).to.deep.equal([900, 4]);
    expect(feed.states.at(-1)).to.equal('live');
  });

  it('does not knock where it is not let in', async () => {
    const feed = given({ status: 401 });
    await feed.until(() => feed.states.includes('refused'));
    expect(feed.asked).to.have.length(1);
    feed.stop();
  });
});
