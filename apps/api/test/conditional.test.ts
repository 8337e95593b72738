import { register, settleAndClaim } from '@orders/db';
import { expect } from 'chai';
import { expectNoErrors, order } from './expectations.ts';
import { onEveryDatabase, type Service } from './service.ts';

onEveryDatabase('an order that is read again', (startService) => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  after(() => service.stop());
  beforeEach(() => service.place(order));
  afterEach(() => {
    expectNoErrors(service.lines);
    return service.reset();
  });

  const read = (ifNoneMatch?: string, method = 'GET') =>
    service.send('/order/123', {
      method,
      headers: ifNoneMatch ? { 'If-None-Match': ifNoneMatch } : {},
    });

  it('has the same tag while it is the same, and another one when it has changed', async () => {
    const tag = (await read()).headers.etag;
    expect(tag).to.match(/^"[\w-]{22}"$/);
    expect((await read()).headers.etag).to.equal(tag);
    await service.file.writer.updateTable('orders').set({ last_error: 'no' }).execute();
    const changed = await read(`${tag}`);
    expect(changed.status).to.equal(200);
    expect(changed.headers.etag).to.not.equal(tag);
  });

  it('is not sent again to whoever has it', async () => {
    const tag = `${(await read()).headers.etag}`;
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const { status, text, headers } = await read(known, method);
        expect({ status, text }, known).to.deep.equal({ status: 304, text: '' });
        expect(headers).to.include({ etag: tag }).and.not.have.any.keys('content-type');
      }
    }
  });

  it('is sent to whoever has something else', async () => {
    const tag = `${(await read()).headers.etag}`;
    for (const known of ['"other"', tag.slice(1, -1), `"x${tag.slice(1)}`]) {
      const { status, json } = await read(known);
      expect(status, known).to.equal(200);
      expect(json.order_id).to.equal('123');
    }
  });

  it('changes with its place in the queue', async () => {
    await service.place({ ...order, order_id: '124' });
    const before = await service.send('/order/124');
    await service.file.writer.deleteFrom('orders').where('order_id', '=', '123').execute();
    const after = await service.send('/order/124');
    expect([before.json.queue_position, after.json.queue_position]).to.deep.equal([2, 1]);
    expect(after.headers.etag).to.not.equal(before.headers.etag);
  });

  it('has a weak tag while it tells an estimate, which alone does not change it', async () => {
    await service.place({ ...order, order_id: '124' });
    const { writer } = service.file;
    const { placed_at } = await writer
      .selectFrom('orders')
      .select('placed_at')
      .limit(1)
      .executeTakeFirstOrThrow();
    await register(service.file, 'w', 60_000);
    const request = { worker: 'w', places: 1, holding: 0, concurrency: 1 };
    await settleAndClaim(service.file, [], request);
    const startedMsAgo = (ms: number) =>
      writer
        .updateTable('orders')
        .set({ started_at: placed_at - ms })
        .where('order_id', '=', '123')
        .execute();

    await startedMsAgo(1000);
    const one = await service.send('/order/124');
    await startedMsAgo(2000);
    const two = await service.send('/order/124');
    expect(one.json).to.include({ estimated_start_at: '2026-01-05T09:30:01.120Z' });
    expect(two.json).to.include({ estimated_start_at: '2026-01-05T09:30:02.120Z' });
    expect(one.headers.etag).to.match(/^W\/"/).and.equal(two.headers.etag);
    const headers = { 'If-None-Match': `${one.headers.etag}` };
    expect((await service.send('/order/124', { headers })).status).to.equal(304);
  });
});
