import { cancelOrder } from '@orders/db';
import { expect } from 'chai';

import {
  asLines,
  claim,
  order,
  process,
  type Service,
  startService,
  startStandIn,
} from './given.ts';

describe('the command line', () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  afterEach(() => service.reset());
  after(() => service.stop());

  async function given(...ids: string[]) {
    await service.orders(['place', '-'], { stdin: asLines(ids.map((id) => order(id))) });
  }

  describe('get', () => {
    it('shows an order, a field a line, without those that are nothing', async () => {
      await given('1');
      const { status, stdout } = await service.orders(['get', '1']);
      expect(status).to.equal(0);
      expect(stdout)
        .to.match(/^order_id +1\nstatus +Pending\n/)
        .and.not.include('last_error');
    });

    it('shows its history when asked for', async () => {
      await given('1');
      await process(service.database, 'failed', 1);
      const { stdout } = await service.orders(['get', '1', '--history']);
      expect(stdout).to.match(/ placed +1\n.* started .*\n.* failed +1 .*the warehouse is shut\n$/);
      const { json } = await service.orders(['get', '1', '--history', '--json']);
      expect(json[0]).to.include({ order_id: '1', status: 'Failed' });
      expect(json[0].events).to.have.length(3);
    });

    it('ends with status 1 and the words of the service when there is no such order', async () => {
      const { status, stderr } = await service.orders(['get', 'none']);
      expect([status, stderr]).to.deep.equal([1, 'error: Order not found\n']);
    });

    it('leaves control characters of others to others', async () => {
      await given('1');
      await cancelOrder(service.database, '1', 'a\n\u001b[2Jb');
      const { stdout } = await service.orders(['get', '1', '--history']);
      expect(stdout).to.include('a [2Jb');
    });
  });

  describe('list', () => {
    const listed = async (...args: string[]) =>
      (await service.orders(['list', '--json', ...args])).json.map((one) => one.order_id);

    it('finds the newest orders first, as many as wanted, over any number of pages', async () => {
      await given(...Array.from({ length: 250 }, (_, i) => `o${i}`));
      expect(await listed()).to.have.length(20);
      expect(await listed('--limit', '230')).to.have.length(230);
      const all = await listed('--limit', '0');
      expect([all.length, all[0], all[249]]).to.deep.equal([250, 'o249', 'o0']);
    });

    it('finds by status, user and time', async () => {
      await given('1', '2');
      await process(service.database, 'failed', 1);
      expect(await listed('--status', 'Failed')).to.deep.equal(['1']);
      expect(await listed('--user', 'user_2')).to.deep.equal([]);
      expect(await listed('--from', '2001-01-01', '--to', '2002-01-01')).to.deep.equal([]);
      expect(await listed('--from', '2001-01-01')).to.deep.equal(['2', '1']);
    });

    it('refuses a status that there is not', async () => {
      const { status, stderr } = await service.orders(['list', '--status', 'Done']);
      expect(status).to.equal(2);
      expect(stderr).to.include('Allowed choices are Pending');
    });
  });

  describe('wait', () => {
    it('tells how orders ended, and has status 0 when all are Completed', async () => {
      await given('1', '2');
      const running = service.orders(['wait', '1', '2']);
      await process(service.database, 'completed', 2);
      const { status, stdout } = await running;
      expect(status).to.equal(0);
      expect(stdout.split('\n').sort()).to.deep.equal(['', '1 Completed', '2 Completed']);
    });

    it('has status 1 when one is not', async () => {
      await given('1');
      await process(service.database, 'failed', 1);
      expect(await service.orders(['wait', '1'])).to.include({ status: 1, stdout: '1 Failed\n' });
    });

    it('has status 124 when the time is up first', async () => {
      await given('1');
      const { status, stderr } = await service.orders(['wait', '1', '--timeout', '10ms']);
      expect([status, stderr]).to.deep.equal([124, 'error: 1 is Pending still\n']);
    });

    it('asks again when it is answered before the time is up, as by a service that stops', async () => {
      const answers = [order('1', { status: 'Pending' }), order('1', { status: 'Completed' })];
      const early = await startStandIn((_, res) => void res.end(JSON.stringify(answers.shift())));
      try {
        const running = service.orders(['wait', '1', '--timeout', '50s'], { url: early.url });
        expect(await running).to.include({ status: 0, stdout: '1 Completed\n' });
        expect(answers).to.deep.equal([]);
      } finally {
        early.close();
      }
    });

    it('ends on Ctrl-C', async () => {
      await given('1');
      const running = service.orders(['wait', '1']);
      running.interrupt();
      expect((await running).status).to.equal(130);
    });
  });

  describe('watch', () => {
    it('follows an order from its beginning to its end', async () => {
      await given('1');
      const running = service.orders(['watch', '1', '--json']);
      await running.lines(1);
      await process(service.database, 'completed', 1);
      const { status, json } = await running;
      expect(status).to.equal(0);
      expect(json.map(({ type }) => type)).to.deep.equal([
        'order.placed',
        'order.started',
        'order.completed',
      ]);
      expect((await service.orders(['watch', '1'])).stdout).to.match(/completed +1 +attempt 1/);
    });

    it('shows what happens to all orders, of the types that are wanted, until Ctrl-C', async () => {
      await given('1', '2');
      const running = service.orders(['watch', '--type', 'failed', 'retried', '--after', '0']);
      await process(service.database, 'failed', 1);
      await running.lines(1);
      await service.orders(['retry', '1']);
      await running.lines(2);
      running.interrupt();
      const { status, stdout } = await running;
      expect(status).to.equal(130);
      expect(stdout).to.match(/^\S+ +failed +1 .*shut\n\S+ +retried +1 .*\n$/);
    });

    for (const passing of [429, 502, 503]) {
      it(`connects again when it was answered ${passing} in between`, async () => {
        const event = (id: number, status: string) =>
          `retry: 1\nid: ${id}\nevent: order.started\ndata: ${JSON.stringify({ id, status })}\n\n`;
        const answers = [event(1, 'Processing'), undefined, event(2, 'Completed')];
        const restarting = await startStandIn((_, res) => {
          const events = answers.shift();
          if (events === undefined) res.writeHead(passing).end('<h1>back soon</h1>');
          else res.writeHead(200, { 'Content-Type': 'text/event-stream' }).end(events);
        });
        try {
          const running = service.orders(['watch', '1', '--json'], { url: restarting.url });
          const { status, json, stderr } = await running;
          expect([status, json.map(({ id }) => id)], stderr).to.deep.equal([0, [1, 2]]);
          expect(stderr).to.equal('the connection is lost, trying again\nconnected again\n');
        } finally {
          restarting.close();
        }
      });
    }

    it('ends when what it follows is gone after the connection was lost', async () => {
      const answers = [200, 410];
      const restored = await startStandIn((_, res) => {
        const status = answers.shift() ?? 500;
        res.writeHead(status, { 'Content-Type': 'text/event-stream' });
        res.end(status === 200 ? 'retry: 1\n\n' : '{"detail":"beyond the feed"}');
      });
      try {
        const { status, stderr } = await service.orders(['watch'], { url: restored.url });
        expect(status).to.equal(1);
        expect(stderr).to.match(/trying again\nerror: beyond the feed\n$/);
      } finally {
        restored.close();
      }
    });

    it('ends with status 1 when there is no such order', async () => {
      expect(await service.orders(['watch', 'none'])).to.include({
        ...{ status: 1, stderr: 'error: Order not found\n' },
      });
    });
  });

  describe('cancel and retry', () => {
    it('change many orders, and name those that are refused', async () => {
      await given('1', '2', '3');
      await process(service.database, 'completed', 1);
      const { status, stdout, stderr } = await service.orders(['cancel', '1', '2', '3']);
      expect(status).to.equal(1);
      expect(stdout.split('\n').sort()).to.deep.equal(['', '2 is Cancelled', '3 is Cancelled']);
      expect(stderr).to.equal('1: The order is Completed\n2 changed, 1 refused\n');
    });

    it('keep the reason', async () => {
      await given('1');
      await service.orders(['cancel', '1', '--reason', 'out of stock']);
      const { stdout } = await service.orders(['get', '1', '--history']);
      expect(stdout).to.match(/cancelled .* out of stock\n$/);
    });

    it('try all again that are Failed, over any number of pages', async () => {
      await given(...Array.from({ length: 150 }, (_, i) => `o${i}`));
      await process(service.database, 'failed', 140);
      expect((await service.orders(['retry', '--failed'])).stderr).to.equal(
        '140 changed, 0 refused\n',
      );
      const rows = await service.placed();
      expect(rows.filter(({ status }) => status === 'PENDING')).to.have.length(150);
    });

    it('do not guess which orders are meant', async () => {
      expect((await service.orders(['retry'])).status).to.equal(2);
      expect((await service.orders(['retry', '1', '--failed'])).status).to.equal(2);
    });
  });

  describe('metrics', () => {
    it('are a table, or as the service has them', async () => {
      await given('1', '2');
      await claim(service.database, 1);
      const { stdout } = await service.orders(['metrics']);
      expect(stdout).to.match(/^total_orders +2\npending_orders +1\nprocessing_orders +1\n/);
      const { json } = await service.orders(['metrics', '--json']);
      expect(json[0]).to.include({ total_orders: 2, active_workers: 1 });
    });
  });

  it('ends with status 3 when no service answers', async () => {
    const url = service.url;
    await service.stop();
    for (const args of [['metrics'], ['watch'], ['place', '-']]) {
      const { status, stderr } = await service.orders(args, { url, stdin: asLines([order('1')]) });
      expect(status, `${args}`).to.equal(3);
      expect(stderr).to.match(/^error: .* does not answer .*ECONNREFUSED/);
    }
    service = await startService();
  });

  it('sends the token with every request', async () => {
    const seen: (string | undefined)[] = [];
    const { url, close } = await startStandIn(({ headers }, res) => {
      seen.push(headers.authorization);
      res.writeHead(401, { 'Content-Type': 'application/problem+json' });
      res.end(JSON.stringify({ detail: 'no such token' }));
    });
    try {
      for (const args of [['metrics'], ['watch'], ['place', '-'], ['get', '1']]) {
        const { status, stderr } = await service.orders(['--token', 't-1', ...args], { url });
        expect([status, stderr], `${args}`).to.deep.equal([1, 'error: no such token\n']);
      }
      expect(seen).to.deep.equal(Array(4).fill('Bearer t-1'));
    } finally {
      close();
    }
  });
});
