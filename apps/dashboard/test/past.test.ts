import { createOrdersClient } from '@orders/contract/client';
import { expect } from 'chai';
import fc from 'fast-check';
import type { OrderEvent } from '../src/feed/frames.ts';
import { readPast } from '../src/feed/past.ts';
import { createRates } from '../src/feed/rates.ts';
import { begin, event } from './events.ts';

/** A service whose feed has these events, and the queries that it was asked. */
function given(feed: readonly OrderEvent[]) {
  const asked: string[] = [];
  const client = createOrdersClient('http://service');
  client.use({
    onRequest({ request }) {
      const { search, searchParams } = new URL(request.url);
      asked.push(search);
      const after = Number(searchParams.get('after'));
      const limit = Number(searchParams.get('limit'));
      const events = feed.filter(({ id }) => id > after).slice(0, limit);
      const end = events.length === limit ? events.at(-1)?.id : feed.at(-1)?.id;
      return Response.json({ events, next_after: Math.max(after, end ?? 0) });
    },
  });
  return { client, asked };
}

/** So many orders placed each a tenth of a second after the other; their ids grow by `step`. */
const placed = (count: number, step: number) =>
  Array.from({ length: count }, (_, i) => event('placed', i / 10, { id: (i + 1) * step }));
const forever = new AbortController().signal;
const idsOf = (events: readonly OrderEvent[]) => events.map(({ id }) => id);

describe('what happened before the page was opened', () => {
  it('is not known to be nothing where it was not read', async () => {
    const { client } = given(placed(2995, 32));
    const { events, knownSince } = await readPast(client, 2995 * 32, begin, forever);
    const rates = createRates();
    rates.add(events);
    rates.knowSince(knownSince ?? Number.NaN);
    const { seconds, placed: drawn } = rates.until(begin + 299_000);
    const sinceSecond = Math.ceil((knownSince ?? Number.NaN) / 1000);
    for (const [i, second] of seconds.entries()) {
      expect(drawn[i], `${second - begin / 1000}`).to.equal(second < sinceSecond ? null : 10);
    }
    expect(drawn.filter((count) => count !== null).length).to.be.at.least(90);
  });

  it('is known from the beginning where all of it was read', async () => {
    const { client, asked } = given(placed(31, 32));
    const past = await readPast(client, 31 * 32, begin - 1, forever);
    expect([past.events.length, past.knownSince, asked.length]).to.deep.equal([31, 0, 1]);
  });

  it('takes one page in a busy shop, and in one where nothing happened for long', async () => {
    const busy = given(placed(20_000, 1));
    expect((await readPast(busy.client, 20_000, begin, forever)).events).to.have.length(1000);
    const quiet = given(placed(20_000, 32));
    expect(
      (await readPast(quiet.client, 640_000, begin + 1_999_000, forever)).events,
    ).to.have.length(32);
    expect([busy.asked.length, quiet.asked.length]).to.deep.equal([1, 1]);
  });

  it('is unknown where events are gone for as far as it looks', async () => {
    const { client, asked } = given([event('placed', 0, { id: 1 })]);
    const past = await readPast(client, 1e12, begin, forever);
    expect(past).to.deep.equal({ events: [], knownSince: undefined });
    expect(asked).to.have.length(10);
  });

  it('has no gap, however the ids grow', async () => {
    const groups = fc.array(
      fc.record({ count: fc.nat(1500), step: fc.constantFrom(1, 2, 31, 32, 500) }),
      { minLength: 1, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(groups, fc.nat(50), async (groups, later) => {
        const steps = groups.flatMap(({ count, step }) => Array<number>(count).fill(step));
        let id = 0;
        const feed = steps.map((step, i) => {
          id += step;
          return event('placed', Math.floor(i / 3), { id });
        });
        const lastId = feed.at(-1 - later)?.id ?? 0;
        const { client } = given(feed);
        const past = await readPast(client, lastId, 0, forever);
        const since = past.knownSince ?? Number.POSITIVE_INFINITY;
        const known = (events: readonly OrderEvent[]) =>
          idsOf(events.filter(({ id, at }) => id <= lastId && Date.parse(at) >= since));
        expect(known(past.events)).to.deep.equal(known(feed));
      }),
      { numRuns: 50 },
    );
  });
});
