import { expect } from 'chai';
import parse from 'parse-prometheus-text-format';
import { expectNoErrors, expectProblem, order } from './expectations.ts';
import { databaseGone, onEveryDatabase, type Service } from './service.ts';

/** As Prometheus 2.30, 2.50 and 3.x send them. */
const ofPrometheus = [
  'application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
];
const text = 'text/plain; version=0.0.4; charset=utf-8';

onEveryDatabase('the metrics for Prometheus', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  afterEach(() => service.reset());

  async function scrape(path = '/metrics/prometheus') {
    const answer = await service.send(path);
    expect([answer.status, answer.headers['content-type']]).to.deep.equal([200, text]);
    return new Map(parse(answer.text).map((family) => [family.name, family]));
  }

  for (const accept of [...ofPrometheus, 'text/plain', 'text/*;q=0.9,application/json;q=0.8']) {
    it(`are sent to whoever prefers them: ${accept}`, async () => {
      const answer = await service.send('/metrics/', { headers: { Accept: accept } });
      expect(answer.headers).to.include({ 'content-type': text, vary: 'Accept' });
      expect(parse(answer.text)).to.have.length.above(10);
    });
  }

  for (const accept of [
    '*/*',
    'application/json',
    'text/plain;q=0.1,application/json;q=0.2',
    'application/json,text/plain',
    'text/html,application/xhtml+xml,*/*;q=0.8',
    'image/png',
    '',
  ]) {
    it(`are sent as JSON to anybody else: ${accept}`, async () => {
      const answer = await service.send('/metrics', { headers: { Accept: accept } });
      expect(answer.json).to.have.property('total_orders');
      expect(answer.headers.vary).to.equal('Accept');
    });
  }

  it('have an address of their own, whatever is accepted', async () => {
    await scrape('/metrics/prometheus/');
    const headers = { Accept: 'application/json' };
    const answer = await service.send('/metrics/prometheus', { headers });
    expect(answer.headers['content-type']).to.equal(text);
    expectNoErrors(service.lines);
  });

  it('tell of orders what the database says', async () => {
    const { writer } = service.file;
    const count = { part: 0, slot: 0, total_ms: 0 };
    await writer.deleteFrom('counters').execute();
    await writer
      .insertInto('counters')
      .values([
        { ...count, counter: 'now PENDING', orders: 5 },
        { ...count, counter: 'now PROCESSING', orders: 4 },
        { ...count, counter: 'now COMPLETED', orders: 3 },
        { ...count, counter: 'now FAILED', orders: 2 },
        { ...count, counter: 'now CANCELLED', orders: 1 },
        { ...count, counter: 'ended FAILED', orders: 7 },
        { ...count, counter: 'ended CANCELLED', orders: 7 },
        { ...count, counter: 'lasted processing', part: 80, orders: 2, total_ms: 2000 },
        { ...count, counter: 'lasted processing', part: 81, orders: 1, total_ms: 1100 },
        { ...count, counter: 'lasted waiting', part: 0, orders: 3 },
        { ...count, counter: 'lasted waiting', part: 400, orders: 1, total_ms: 9 },
      ])
      .execute();

    const families = await scrape();
    const values = (name: string) =>
      Object.fromEntries(
        (families.get(name)?.metrics ?? []).map(({ labels, value }) => [
          labels?.status ?? '',
          Number(value),
        ]),
      );
    expect(values('orders')).to.deep.equal({
      ...{ Pending: 5, Processing: 4, Completed: 3, Failed: 2, Cancelled: 1 },
    });
    expect(values('orders_placed_total')).to.deep.equal({ '': 15 });
    expect(values('orders_finished_total')).to.deep.equal({
      Completed: 3,
      Failed: 7,
      Cancelled: 7,
    });
    expect(values('orders_oldest_pending_age_seconds')).to.deep.equal({ '': 0 });
    expect(values('orders_workers')).to.deep.equal({ '': 0 });

    const histogram = (name: string) => {
      const family = families.get(name);
      expect(family?.type).to.equal('HISTOGRAM');
      const { buckets = {}, count, sum } = family?.metrics[0] ?? {};
      return { buckets, count: Number(count), sum: Number(sum) };
    };
    const { buckets, ...processing } = histogram('orders_processing_seconds');
    expect(processing).to.deep.equal({ count: 3, sum: 3.1 });
    expect(buckets).to.include({ '0.512': '0', '1.024': '2', '2.048': '3', '+Inf': '3' });
    const waiting = histogram('orders_waiting_seconds');
    expect(waiting.buckets).to.include({ '0.001': '3', '4194.304': '3', '+Inf': '4' });
    const inOrder = Object.values(waiting.buckets).map(Number);
    expect(inOrder).to.deep.equal(inOrder.toSorted((a, b) => a - b));
  });

  it('count requests by the paths of the contract, whatever strangers ask for', async () => {
    await service.place(order);
    await service.send('/order/123');
    await service.send('/order/unknown-order');
    for (const path of ['/secret-1', '/metrics/', '/secret-2', '/docs/secret-3', '/order/%zz']) {
      await service.send(path, { method: 'PROPFIND' });
    }
    const answer = await service.send('/metrics/prometheus');
    expect(answer.text).to.not.match(/secret|unknown-order|PROPFIND/);
    for (const labels of [
      'method="POST",route="/order/",status="201"',
      'method="GET",route="/order/{order_id}",status="200"',
      'method="GET",route="/order/{order_id}",status="404"',
      'method="any",route="unlisted",status="404"',
      'method="any",route="/metrics/",status="405"',
    ]) {
      expect(answer.text).to.include(`\nhttp_request_duration_seconds_count{${labels}} `);
    }
  });

  it('tell of the process', async () => {
    const families = await scrape();
    expect(families.has('process_resident_memory_bytes')).to.equal(true);
    expect(families.has('nodejs_eventloop_lag_seconds')).to.equal(true);
  });

  it('are not there without the database', async () => {
    service.fault.error = databaseGone();
    expectProblem(await service.send('/metrics/prometheus'), 'database-unavailable');
  });
});
