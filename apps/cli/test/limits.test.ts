import { expect } from 'chai';

import { asLines, order, process, type Service, startService, startStandIn } from './given.ts';

describe('the command line and the limits of the service', () => {
  let service: Service;
  afterEach(() => service.stop());

  it('waits with an import until there is room in the queue', async () => {
    service = await startService({ MAX_PENDING_ORDERS: '300' });
    const rows = Array.from({ length: 500 }, (_, i) => order(`o${i}`));
    await service.orders(['place', '-'], { stdin: asLines(rows.slice(0, 200)) });
    const running = service.orders(['place', '-'], { stdin: asLines(rows.slice(200, 400)) });
    await running.says('the queue is full');
    await process(service.database, 'completed', 200);
    const { status, stderr } = await running;
    expect([status, stderr]).to.deep.equal([
      0,
      'the queue is full, waiting for room\n200 created, 0 already there, 0 refused\n',
    ]);
  });

  it('waits, when it asks too often, as long as the service says; Ctrl-C ends it', async () => {
    service = await startService({ RATE_LIMIT: '1' });
    expect((await service.orders(['metrics'])).status).to.equal(0);
    const running = service.orders(['metrics']);
    await running.says('too many requests, waiting');
    running.interrupt();
    expect((await running).status).to.equal(130);
  });

  it('asks again when that time is over', async () => {
    let asked = 0;
    const { url, close } = await startStandIn((_, res) => {
      asked += 1;
      if (asked > 1) res.end('{"message":"Order placed successfully","order_id":"1"}');
      else res.writeHead(429, { 'Retry-After': '0' }).end();
    });
    service = await startService();
    const one = ['--id', '1', '--user', 'u', '--items', 'a', '--amount', '1'];
    const { status, stdout } = await service.orders(['place', ...one], { url });
    close();
    expect([status, stdout, asked]).to.deep.equal([0, '1 is placed\n', 2]);
  });
});
