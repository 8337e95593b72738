import { expect } from 'chai';
import { cpuMs, hasProc } from '../src/proc.ts';
import { onEveryDatabase, type Service, serviceOfEachTest } from '../src/service.ts';
import { openShop, orderBodies, orderBody } from '../src/shop.ts';
import { readEvents, type StreamedEvent } from '../src/streams.ts';

onEveryDatabase('the feed', (service) => {
  const atOnce = { PROCESSING_TIME_MS: '0', WORKER_CONCURRENCY: '20' };

  it('shows every event once, in order, to a reader cut off fifty times while four write', async () => {
    const [one, two] = await Promise.all([
      service.api(),
      service.api(),
      service.worker(atOnce),
      service.worker(atOnce),
    ]);
    const orders = process.env.TEST_LONG ? 3000 : 900;
    const shops = [openShop(one.url, 8), openShop(two.url, 8)];
    const placing = shops.map((shop, i) => shop.placeAll(orderBodies(`${i}-`, orders / 2)));

    const seen: StreamedEvent[] = [];
    const total = orders * 3;
    let lastId: string | undefined;
    let cuts = 0;
    // It comes back to the other process each time.
    for (; seen.length < total; cuts++) {
      const { url } = cuts % 2 === 0 ? one : two;
      let left = Math.ceil(total / 51);
      lastId = await readEvents(`${url}/events?after=0`, lastId, (event) => {
        seen.push(event);
        left -= 1;
        return left === 0 || seen.length === total;
      });
    }

    expect(cuts - 1).to.be.at.least(50);
    expect(await Promise.all(placing)).to.deep.equal([
      ...[{ 201: orders / 2 }, { 201: orders / 2 }],
    ]);
    expect(seen.map(({ id, type }) => ({ id, type }))).to.deep.equal(
      (await recorded(service)).map(({ id, type }) => ({ id, type: `order.${type}` })),
    );
    for (const shop of shops) shop.close();
  });

  it('tells of an order that a worker has in hand, to its end, and ends a wait with it', async () => {
    const [url] = await Promise.all([
      service.apiHere(),
      service.worker({ PROCESSING_TIME_MS: '300' }),
    ]);
    const shop = openShop(url, 2);
    await shop.place(orderBody('123'));
    const types: string[] = [];
    const [answer] = await Promise.all([
      fetch(`${url}/order/123?wait=30`),
      readEvents(`${url}/order/123/events`, undefined, ({ type }) => {
        types.push(type);
        return false;
      }),
    ]);
    const answeredAt = Date.now();
    const order = (await answer.json()) as Record<string, string>;
    expect(order).to.include({ order_id: '123', status: 'Completed' });
    expect(types).to.deep.equal(['order.placed', 'order.started', 'order.completed']);
    // Well below the slow poll.
    expect(answeredAt - Date.parse(order.completed_at ?? '')).to.be.below(500);
    shop.close();
  });

  it('ends streams and answers who waits when the process is told to stop', async () => {
    const api = await service.api();
    const shop = openShop(api.url, 1);
    await shop.place(orderBody('123'));
    const opened = Promise.withResolvers<void>();
    const following = readEvents(`${api.url}/events?after=0`, undefined, () => {
      opened.resolve();
      return false;
    });
    const waiting = fetch(`${api.url}/order/123?wait=60`, { headers: { 'X-Request-Id': 'w' } });
    await opened.promise;
    expect(await api.stop()).to.equal(0);
    await following;
    // When it had not arrived yet it was refused, like any other request.
    const answer = await waiting.catch(() => undefined);
    if (answer) expect(await answer.json()).to.include({ status: 'Pending' });
    shop.close();
  });
});

// What a crowd costs is the API's business, whatever database is behind it.
describe('a crowd that follows', () => {
  const service = serviceOfEachTest();

  it('costs placing little with 1,000 clients that wait and 200 that read', async function () {
    if (!hasProc) this.skip();
    const api = await service.api();
    const shop = openShop(api.url, 64);
    await shop.placeAll(orderBodies('awaited-', 1000));
    let rounds = 0;
    const perRound = 800;

    /** The API's processor time an order, in microseconds, and orders a second of the best round. */
    async function place() {
      let best = 0;
      const cpuBefore = cpuMs(api);
      for (let i = 0; i < 6; i++) {
        const orders = orderBodies(`round-${rounds++}-`, perRound);
        const began = performance.now();
        expect(await shop.placeAll(orders)).to.deep.equal({ 201: perRound });
        best = Math.max(best, (perRound / (performance.now() - began)) * 1000);
      }
      return { cpu: ((cpuMs(api) - cpuBefore) * 1000) / (6 * perRound), best };
    }

    await place();
    const before = await place();
    const args = ['apps/e2e/src/crowd.ts', api.url, '1000', '200'];
    const crowd = service.start(process.execPath, args, {});
    await crowd.logged(({ connected }) => connected === 200);
    const crowded = await place();

    // It was no empty crowd: every reader has seen everything, every client waits still.
    const end = (await recorded(service)).at(-1)?.id ?? 0;
    const seen = await crowd.logged(({ slowest }) => Number(slowest) >= end);
    expect(seen).to.include({ connected: 200, over: 0, answered: 0 });
    await service.worker({ PROCESSING_TIME_MS: '0', WORKER_CONCURRENCY: '1000' });
    await crowd.logged(({ answered }) => answered === 1000);
    crowd.signal('SIGKILL');
    await crowd.ended;

    const speeds = [before, crowded].map(({ best }) => Math.round(best));
    const cpus = [before, crowded].map(({ cpu }) => Math.round(cpu));
    console.log(`      ${speeds[0]} orders/s, crowded ${speeds[1]}`);
    console.log(`      ${cpus[0]} us of CPU each, crowded ${cpus[1]}`);
    // Speeds say as much of who else needs the cores, the crowd for one: it is 0.8 to 0.95 where
    // nobody does. Each order goes to 200 readers, so it costs more: 1.0 to 1.8 times as much.
    expect(crowded.cpu / before.cpu).to.be.below(2.5);
    shop.close();
  });
});

const recorded = ({ database }: Service) =>
  database.reader.selectFrom('order_events').select(['id', 'type']).orderBy('id').execute();
