import { placeOrders, register, settleAndClaim } from '@orders/db';
import { expect } from 'chai';
import { expectFaults, expectNoErrors, expectProblem, order } from './expectations.ts';
import { type Frame, readStream } from './reader.ts';
import { databaseGone, onEveryDatabase, type Service } from './service.ts';

onEveryDatabase('following orders', (startService) => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
    await register(service.file, 'w', 60_000);
  });
  afterEach(async () => {
    expectNoErrors(service.lines);
    await service.stop();
  });

  const place = async (...orderIds: string[]) => {
    for (const order_id of orderIds) await service.place({ ...order, order_id });
  };
  const asStored = (orderId: string) => ({
    ...{ orderId, userId: 'u', itemIds: 'i', totalMinor: 1, currency: 'USD', requestId: 'r' },
  });
  const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
  /** Has the oldest order claimed and completed. */
  async function complete(): Promise<void> {
    const { claims } = await settleAndClaim(service.file, [], request);
    const outcomes = claims.map((claim) => ({ claim, result: 'completed' }) as const);
    await settleAndClaim(service.file, outcomes, { ...request, places: 0 });
  }
  const read = (path: string, lastEventId?: string) => readStream(service.port, path, lastEventId);

  describe('one', () => {
    it('tells its history as JSON, unless a stream is wanted', async () => {
      await place('122', '123');
      await complete();
      await complete();
      for (const Accept of [
        '*/*',
        'application/json',
        'application/json, text/event-stream;q=0.5',
      ]) {
        const answer = await service.send('/order/123/events', { headers: { Accept } });
        expect(answer.status).to.equal(200);
        expect(answer.json.order_id).to.equal('123');
        expect(answer.json.events.map(({ type }: { type: string }) => type)).to.deep.equal([
          ...['order.placed', 'order.started', 'order.completed'],
        ]);
        expect(answer.json.events.at(-1)).to.include({
          ...{ order_id: '123', status: 'Completed', at: '2026-01-05T09:30:00.120Z' },
          ...{ attempt: 1, worker: 'w', detail: null },
        });
      }
    });

    it('streams its history, then what happens, to its end, and nothing of others', async () => {
      await place('123', '124');
      const reader = await read('/order/123/events');
      expect(reader.answer.headers).to.include({
        ...{ 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
        'x-accel-buffering': 'no',
      });
      await reader.has(1);
      await complete();
      await reader.over;
      expect(reader.answer.complete).to.equal(true);
      expect(reader.events.map(({ event }) => event)).to.deep.equal([
        ...['order.placed', 'order.started', 'order.completed'],
      ]);
      const { json } = await service.send('/order/123/events');
      expect(reader.events.map(({ data = '' }) => JSON.parse(data))).to.deep.equal(json.events);
      expect(reader.events.map(({ id }) => Number(id))).to.deep.equal(
        json.events.map(({ id }: { id: number }) => id),
      );
    });

    it('goes on behind the last event that was seen, and says when there is no more', async () => {
      await place('123');
      await complete();
      const { json } = await service.send('/order/123/events');
      const [placed, , completed] = json.events.map(({ id }: { id: number }) => `${id}`);
      const reader = await read('/order/123/events', placed);
      await reader.over;
      expect(reader.events.map(({ event }) => event)).to.deep.equal([
        ...['order.started', 'order.completed'],
      ]);
      const headers = { Accept: 'text/event-stream', 'Last-Event-ID': completed };
      const answer = await service.send('/order/123/events?after=0', { headers });
      expect([answer.status, answer.text]).to.deep.equal([204, '']);
    });

    it('is refused when nobody placed it', async () => {
      for (const Accept of ['*/*', 'text/event-stream']) {
        const answer = await service.send('/order/999/events', { headers: { Accept } });
        expectProblem(answer, 'order-not-found', 'Order not found');
      }
    });
  });

  describe('all', () => {
    it('begins now, and comes back to the same place even before its first event', async () => {
      await place('before');
      const cut = await read('/events');
      cut.leave();
      await cut.over;
      await place('meanwhile');
      const reader = await read('/events', cut.lastId);
      await place('after');
      await reader.has(2);
      expect(reader.events.map(({ data = '' }) => JSON.parse(data).order_id)).to.deep.equal([
        ...['meanwhile', 'after'],
      ]);
      reader.leave();
    });

    it('gives every reader every event of the types it wants, in order', async () => {
      const [all, some] = await Promise.all([
        read('/events?after=0'),
        read('/events?after=0&type=order.completed,order.failed'),
      ]);
      await place('1', '2', '3');
      for (let i = 0; i < 3; i++) await complete();
      await Promise.all([all.has(9), some.has(3)]);
      const ids = all.events.map(({ id }) => Number(id));
      expect(ids).to.deep.equal(ids.toSorted((a, b) => a - b));
      expect(some.events).to.deep.equal(
        all.events.filter(({ event }) => event === 'order.completed'),
      );
      all.leave();
      some.leave();
    });

    it('pages through thousands of past events and goes on live', async () => {
      const many = Array.from({ length: 2500 }, (_, i) => `many-${i}`);
      await placeOrders(service.file, many.map(asStored));
      const reader = await read('/events?after=0');
      await place('last');
      await reader.has(2501);
      expectInTurn(reader.events, [...many, 'last']);
      reader.leave();
    });

    it('lets others have a turn between any two pages, however many read the past', async () => {
      const many = Array.from({ length: 2500 }, (_, i) => `many-${i}`);
      await placeOrders(service.file, many.map(asStored));
      const { reader } = service.file;
      const readOnce = reader.transaction;
      let pages = 0;
      let most = 0;
      const loop = { next: setImmediate(onTurn) };
      function onTurn() {
        most = Math.max(most, pages);
        pages = 0;
        loop.next = setImmediate(onTurn);
      }
      reader.transaction = () => {
        pages += 1;
        return readOnce.call(reader);
      };
      const paths = Array.from({ length: 20 }, () => '/events?after=0&type=order.placed');
      const readers = await Promise.all(paths.map((path) => read(path)));
      await Promise.all(readers.map((one) => one.has(2500)));
      clearImmediate(loop.next);
      // One of them, and whoever reads what happens now.
      expect(most).to.be.within(1, service.file.blocks ? 2 : 10);
      for (const one of readers) one.leave();
    });

    it('keeps up live with more than it reads at once', async () => {
      const reader = await read('/events');
      const many = Array.from({ length: 2500 }, (_, i) => `many-${i}`);
      await placeOrders(service.file, many.map(asStored));
      await reader.has(2500);
      expectInTurn(reader.events, many);
      reader.leave();
    });

    it('is read in pages of JSON', async () => {
      await place('1', '2', '3');
      const first = await service.send('/events?limit=2');
      const [one, two] = first.json.events.map(({ id }: { id: number }) => id);
      expect(two).to.be.above(one);
      expect(first.json.next_after).to.equal(two);
      const second = await service.send(`/events/?limit=2&after=${two}`);
      const { events, next_after } = second.json;
      expect(events.map(({ order_id }: { order_id: string }) => order_id)).to.deep.equal(['3']);
      expect(next_after).to.be.at.least(events[0].id);
      const third = await service.send(`/events?after=${next_after}`);
      expect(third.json).to.deep.equal({ events: [], next_after });
      const failed = await service.send('/events?type=order.failed');
      expect(failed.json).to.deep.equal({ events: [], next_after });
    });

    it('says so where it ends before the place to begin behind, and goes on at its end', async () => {
      await place('1');
      await complete();
      const { json } = await service.send('/events');
      const beyond = `${json.next_after + 1}`;
      const detail = `The feed ends at ${json.next_after}`;
      for (const path of ['/events', '/order/1/events']) {
        for (const Accept of ['application/json', 'text/event-stream']) {
          const headers = { Accept, 'Last-Event-ID': beyond };
          expectProblem(await service.send(path, { headers }), 'beyond-the-feed', detail);
          const after = await service.send(`${path}?after=1000000`, { headers: { Accept } });
          expectProblem(after, 'beyond-the-feed', detail);
        }
      }
      const { status } = await service.send(`/events?after=${json.next_after}`);
      expect(status).to.equal(200);
    });

    it('ends streams that have told more than there is by now, and begins new ones at the end', async () => {
      await place('1', '2');
      const reader = await read('/events?after=0');
      await reader.has(2);
      // Keeps the reader of the feed at work.
      const waits = service.send('/order/1?wait=60');
      await service.send('/order/1');
      service.fault.restored = true;
      await reader.over;
      const headers = { Accept: 'text/event-stream', 'Last-Event-ID': `${reader.lastId}` };
      const again = await service.send('/events', { headers });
      expectProblem(again, 'beyond-the-feed', 'The feed ends at 0');
      const fromNow = await read('/events');
      delete service.fault.restored;
      await place('3');
      await fromNow.has(3);
      fromNow.leave();
      await complete();
      await waits;
      service.lines.length = 0;
    });

    it('names what is wrong with a request', async () => {
      expectFaults(await service.send('/events?limit=0&after=-1&type=order.eaten'), [
        ['limit', 'minimum'],
        ['after', 'minimum'],
        ['type/0', 'enum'],
      ]);
      const headers = { 'Last-Event-ID': 'x' };
      expectFaults(await service.send('/events', { headers }), [['last-event-id', 'type']]);
    });

    it('answers HEAD with the head of the stream, and nothing keeps it open', async () => {
      const headers = { Accept: 'text/event-stream' };
      const { status, text } = await service.send('/events', { method: 'HEAD', headers });
      expect([status, text]).to.deep.equal([200, '']);
    });

    it('says so when the database is away, and misses nothing once it is back', async () => {
      const reader = await read('/events');
      service.fault.error = databaseGone();
      const headers = { Accept: 'text/event-stream' };
      expectProblem(await service.send('/events', { headers }), 'database-unavailable');
      expectProblem(await service.send('/order/1?wait=9'), 'database-unavailable');
      delete service.fault.error;
      await place('1');
      await reader.has(1);
      reader.leave();
      service.lines.length = 0;
    });
  });

  it('ends when the service stops, for whoever reads or comes then', async () => {
    await place('123');
    const readers = await Promise.all([read('/events'), read('/order/123/events')]);
    service.stopping.abort();
    await Promise.all(readers.map(({ over }) => over));
    expect(readers.map(({ answer }) => answer.complete)).to.deep.equal([true, true]);
    await (await read('/events')).over;
    await service.server.stop(new AbortController().signal);
  });
});

/** What was placed, each event once, in this order. */
function expectInTurn(events: readonly Frame[], orderIds: readonly string[]): void {
  expect(events.map(({ data = '' }) => JSON.parse(data).order_id)).to.deep.equal(orderIds);
  const ids = events.map(({ id }) => Number(id));
  expect(ids).to.deep.equal([...new Set(ids)].toSorted((a, b) => a - b));
}
