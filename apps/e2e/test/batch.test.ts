import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { findOrder, readMetrics } from '@orders/db';
import { expect } from 'chai';
import { createCheckedClient } from '../src/checked-client.ts';
import { openBatch, type ResultLine } from '../src/lines.ts';
import { cpuMs, hasProc } from '../src/proc.ts';
import { eventually, type RunningApi, serviceOfEachTest } from '../src/service.ts';
import { orderBodies, orderBody } from '../src/shop.ts';

/** What a batch may take of memory beside what the process takes anyway. */
const mostMegabytes = 80;

// On one kind of database: what differs between them is tested with the API's own suites.
describe('batches, between real processes', () => {
  const service = serviceOfEachTest();

  it('are placed by the typed client, and processed in their order', async () => {
    const [url] = await Promise.all([
      service.apiHere(),
      service.worker({ PROCESSING_TIME_MS: '0' }),
    ]);
    const client = createCheckedClient(url).client;
    const orders = [...orderBodies('o', 3), orderBody('o1')];
    const { data, response } = await client.POST('/order/batch', { body: { orders } });
    expect(response.status).to.equal(207);
    expect(data).to.include({ created: 3, duplicates: 1 });
    await eventually(async () => (await readMetrics(service.database)).completedOrders === 3);
    const rows = await service.database.reader
      .selectFrom('order_events')
      .select(['seq', 'type'])
      .where('type', '=', 'started')
      .orderBy('id')
      .execute();
    const seqs = rows.map(({ seq }) => seq);
    expect(seqs).to.deep.equal(seqs.toSorted((a, b) => a - b));

    const refused = await client.POST('/order/batch', {
      body: { orders: [orderBody('new'), orderBody('o1')] },
      params: { query: { error_policy: 'reject_everything' } },
    });
    expect(refused.response.status).to.equal(422);
    expect(await findOrder(service.database, 'new')).to.equal(undefined);
  });

  it('of 100,000 lines are placed in their order with memory flat', async function () {
    const api = await service.api();
    if (!hasProc) this.skip();
    const count = 100_000;
    const before = peakMegabytes(api);
    const began = performance.now();
    const batch = await openBatch(api.url);
    const sent = batch.send(orderBodies('o', count)).then(() => batch.client.end());
    let index = 0;
    let last: ResultLine = {};
    for await (const line of batch.results()) {
      last = line;
      if (index === count) break;
      if (line.index !== index || line.status !== 'created') expect(line).to.equal(`row ${index}`);
      index += 1;
    }
    await sent;
    expect(last).to.deep.equal({ created: count, duplicates: 0, rejected: 0, skipped: 0 });
    const seconds = (performance.now() - began) / 1000;
    const more = peakMegabytes(api) - before;
    console.log(`      ${Math.round(count / seconds)} orders/s, ${more} MB more at most`);
    expect(more).to.be.below(mostMegabytes);
    expect(await readMetrics(service.database)).to.include({ pendingOrders: count });
    const rows = await service.database.reader
      .selectFrom('orders')
      .select('order_id')
      .orderBy('seq')
      .execute();
    expect(rows.findIndex(({ order_id }, i) => order_id !== `o${i}`)).to.equal(-1);
  });

  it('are not read any further while the client does not read its results', async function () {
    const api = await service.api();
    if (!hasProc) this.skip();
    const count = 100_000;
    const { client, results } = await openBatch(api.url);
    // Some 12 MB, and 50 MB of results: more than all the buffers in between.
    client.end(`${'{}'.padEnd(124)}\n`.repeat(count));
    await eventually(async () => {
      const before = cpuMs(api);
      await sleep(500);
      return cpuMs(api) - before <= 20;
    });
    expect(client.writableFinished).to.equal(false);

    let rejected = 0;
    for await (const { status } of results()) if (status === 'rejected') rejected += 1;
    expect(rejected).to.equal(count);
    expect(client.writableFinished).to.equal(true);
  });

  for (const who of ['the client breaks off', 'the API is killed'] as const) {
    it(`lose nothing that was reported when ${who}`, async () => {
      const api = await service.api();
      const batch = await openBatch(api.url);
      const sent = batch.send(orderBodies('o', 100_000));
      const reported: string[] = [];
      let brokenOff = false;
      for await (const { order_id, status } of batch.results()) {
        if (status === 'created') reported.push(`${order_id}`);
        if (reported.length < 5000 || brokenOff) continue;
        brokenOff = true;
        if (who === 'the API is killed') api.signal('SIGKILL');
        else batch.client.destroy();
      }
      await sent;
      await (who === 'the API is killed' ? api.ended : api.stop());

      const { totalOrders } = await readMetrics(service.database);
      expect(reported).to.have.length.of.at.least(5000);
      expect(totalOrders).to.be.at.least(reported.length).and.below(100_000);
      for (const orderId of reported) {
        expect(await findOrder(service.database, orderId), orderId).to.include({
          status: 'PENDING',
        });
      }
    });
  }
});

describe('one Idempotency-Key at two API processes at the same moment', () => {
  const service = serviceOfEachTest();

  async function clientsOfTwo() {
    const [{ url }, here] = await Promise.all([service.api(), service.apiHere()]);
    return [url, here].map((each) => createCheckedClient(each).client);
  }
  type Client = Awaited<ReturnType<typeof clientsOfTwo>>[number];

  async function place(client: Client, key: string, orderId: string) {
    const { response, error } = await client.POST('/order/', {
      body: orderBody(orderId),
      params: { header: { 'Idempotency-Key': `"${key}"` } },
    });
    const replayed = response.headers.get('Idempotent-Replayed') === 'true';
    return error?.type ?? (replayed ? 'replayed' : 'created');
  }

  it('places the order once, and tells everybody that it was placed', async () => {
    const clients = await clientsOfTwo();
    for (let round = 0; round < 50; round++) {
      const key = `same-${round}`;
      const answers = await Promise.all(clients.map((client) => place(client, key, key)));
      expect(answers.sort()).to.deep.equal(['created', 'replayed']);
    }
    expect(await readMetrics(service.database)).to.include({ totalOrders: 50 });
  });

  it('places one of two orders, and refuses the other', async () => {
    const clients = await clientsOfTwo();
    for (let round = 0; round < 50; round++) {
      const answers = await Promise.all(
        clients.map((client, i) => place(client, `other-${round}`, `o-${round}-${i}`)),
      );
      expect(answers.sort()).to.deep.equal(['/problems/idempotency-key-reused', 'created']);
    }
    expect(await readMetrics(service.database)).to.include({ totalOrders: 50 });
  });
});

/** The most memory that the process ever had in hand (VmHWM). */
function peakMegabytes({ child }: RunningApi): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024);
}
