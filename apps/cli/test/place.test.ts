import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect } from 'chai';

import { asLines, order, type Service, startService, startStandIn } from './given.ts';

describe('orders place', () => {
  let service: Service;
  before(async () => {
    service = await startService();
  });
  afterEach(() => service.reset());
  after(() => service.stop());

  const ids = async () => (await service.placed()).map(({ order_id }) => order_id);
  const many = (count: number) => Array.from({ length: count }, (_, i) => order(`o${i}`));
  const one = ['--id', '1', '--user', 'u', '--items', 'a, b', '--amount', '34.8'];

  it('places one order that is told by options', async () => {
    const { status, stdout } = await service.orders(['place', ...one, '--currency', 'EUR']);
    expect([status, stdout]).to.deep.equal([0, '1 is placed\n']);
    const [row] = await service.placed();
    expect(row).to.include({ user_id: 'u', item_ids: 'a,b', total_minor: 3480, currency: 'EUR' });
  });

  it('says every fault of an order that is refused', async () => {
    const { status, stderr } = await service.orders(['place', '--id', '1', '--amount', 'x']);
    expect(status).to.equal(1);
    expect(stderr).to.match(/^error: 3 faults/);
    expect(stderr).to.include('#/user_id is missing').and.include('#/total_amount must be');
  });

  it('places the orders of a file of lines, in their order', async () => {
    const file = service.file('some.ndjson', `${asLines(many(700))}\n  \n`);
    const { status, stdout, stderr } = await service.orders(['place', file]);
    expect(await ids()).to.deep.equal(many(700).map(({ order_id }) => order_id));
    expect([status, stdout]).to.deep.equal([0, '']);
    expect(stderr).to.equal('700 created, 0 already there, 0 refused\n');
  });

  it('places the orders of a CSV file, whatever the order of its columns', async () => {
    const file = service.file(
      'some.csv',
      '\ufefforder_id,total_amount,currency,item_ids,user_id\r\n' +
        '1,34.8,,"a, b",u\r\n\r\n2,1200,JPY,"c ""x""",u\r\n',
    );
    expect(await service.orders(['place', file])).to.include({ status: 0 });
    const [first, second] = await service.placed();
    expect(first).to.include({ item_ids: 'a,b', total_minor: 3480, currency: 'USD' });
    expect(second).to.include({ item_ids: 'c "x"', total_minor: 1200, currency: 'JPY' });
  });

  it('reports what is refused, with its line and the order as it was', async () => {
    const rows = [order('1'), order('2', { total_amount: -1 }), order('1', { user_id: 'other' })];
    const file = service.file('some.ndjson', `${asLines(rows)}{"order_id":\n${asLines(many(1))}`);
    const { status, json, stderr } = await service.orders(['place', file]);
    expect(status).to.equal(1);
    expect(stderr).to.equal('2 created, 0 already there, 3 refused\n');
    const [second, third, fourth] = json.toSorted((a, b) => a.line - b.line);
    expect(second).to.deep.include({ line: 2, order: rows[1] });
    expect(second.error).to.include({ detail: '#/total_amount must be >= 0' });
    expect(second.error.errors[0].pointer).to.equal('#/total_amount');
    expect(third).to.deep.include({ line: 3, order: rows[2] });
    expect(third.error.type).to.equal('/problems/order-exists');
    expect(fourth).to.deep.include({ line: 4, order: '{"order_id":' });
    expect(fourth.error.type).to.equal('/problems/invalid-json');
  });

  const blanks = ['\u00a0', '\ufeff', '\f', '\v', '\u3000', '\u2028', ' \t\r'];
  for (const blank of blanks) {
    it(`passes over a line of white space as the service does: ${JSON.stringify(blank)}`, async () => {
      const refused = order('bad2', { total_amount: 9.999 });
      const stdin = `${asLines([order('g1')])}${blank}\n${asLines([refused, order('g3')])}`;
      const { json } = await service.orders(['place', '-', '--json'], { stdin });
      expect(json).to.have.length(2);
      expect(json[0]).to.deep.include({ line: 3, order: refused });
      expect(json[1]).to.include({ created: 2, already_there: 0, refused: 1 });
    });
  }

  it('hears of a refused line with line separators of Unicode in it', async () => {
    const stdin = `{"order_id":\u2028}\n{"order_id":\u2029}\n${asLines(many(1))}`;
    const { status, json } = await service.orders(['place', '-', '--json'], { stdin });
    expect(status).to.equal(1);
    expect(json.map(({ line, created }) => line ?? created)).to.deep.equal([1, 2, 1]);
  });

  it('says so when a result is not that of the row it should belong to', async () => {
    const results = ['1', 'other'].map((order_id, index) => ({
      index,
      order_id,
      status: 'created',
    }));
    const { url, close } = await startStandIn((req, res) => {
      res.flushHeaders();
      req.resume().on('end', () => res.end(asLines(results)));
    });
    try {
      const stdin = asLines([order('1'), order('2')]);
      const { status, json, stderr } = await service.orders(['place', '-', '--json'], {
        stdin,
        url,
      });
      expect(status).to.equal(1);
      expect(json).to.deep.equal([{ created: 1, already_there: 0, refused: 0, next_line: 2 }]);
      expect(stderr).to.match(/answered for order other instead of that of line 2\nEnded before/);
    } finally {
      close();
    }
  });

  it('reports rows of a CSV file that are cut short, and what is no number', async () => {
    const file = service.file(
      'some.csv',
      'order_id,user_id,item_ids,total_amount\n1,u,a\n2,u,a,many\n3,u,a,1\n',
    );
    const { json } = await service.orders(['place', file, '--json']);
    expect(json.map(({ line, created }) => line ?? created)).to.deep.equal([2, 3, 1]);
    expect(json[1].order.total_amount).to.equal('many');
    expect(await ids()).to.deep.equal(['3']);
  });

  it('finds an order that is there already, with the same content, in order', async () => {
    const rows = [order('1'), order('2', { item_ids: ['a', ' b'], currency: 'EUR' })];
    await service.orders(['place', '-'], { stdin: asLines(rows) });
    const again = await service.orders(['place', '-', '--json'], { stdin: asLines(rows) });
    expect(again.status).to.equal(0);
    expect(again.json).to.deep.equal([
      { created: 0, already_there: 2, refused: 0, next_line: null },
    ]);
  });

  it('begins at a line', async () => {
    const stdin = asLines(many(5));
    await service.orders(['place', '--from-line', '4'], { stdin });
    expect(await ids()).to.deep.equal(['o3', 'o4']);
  });

  it('told to stop, waits for what was sent, says where it was, and goes on from there', async () => {
    const rows = many(600);
    const stdin = new PassThrough();
    stdin.write(asLines(rows.slice(0, 300)));
    const running = service.orders(['place', '-', '--json'], { stdin });
    while ((await service.placed()).length === 0) await turnOfTheLoop();
    running.interrupt();
    const { status, json, stderr } = await running;
    expect(status).to.equal(130);
    expect(json[0]).to.include({ created: (await service.placed()).length, next_line: 301 });
    expect(stderr).to.include('--from-line 301');

    const { json: rest } = await service.orders(['place', '-', '--json'], { stdin: asLines(rows) });
    expect(rest[0]).to.include({ created: 300, already_there: 300, refused: 0 });
    expect(await ids()).to.deep.equal(rows.map(({ order_id }) => order_id));
  });

  it('connects again when the connection breaks, and places every order once', async () => {
    const rows = many(1500);
    const cut = await startCuttingProxy(service.port, 50_000);
    try {
      const input = { stdin: asLines(rows), url: cut.url };
      const { status, json } = await service.orders(['place', '-', '--json'], input);
      expect(cut.cuts).to.equal(1);
      expect(status).to.equal(0);
      expect(json[0].created + json[0].already_there).to.equal(1500);
      expect(await ids()).to.deep.equal(rows.map(({ order_id }) => order_id));
    } finally {
      cut.close();
    }
  });

  it('settles what it could not compare while the service was away', async () => {
    const rows = many(100);
    await service.orders(['place', '-'], { stdin: asLines(rows.slice(0, 50)) });
    let reads = 0;
    service.reads.fail = () => {
      reads += 1;
      return reads > 10 && reads < 30;
    };
    const input = { stdin: asLines(rows) };
    const { status, json, stderr } = await service.orders(['place', '-', '--json'], input);
    service.reads.fail = () => false;
    expect(status, stderr).to.equal(0);
    expect(json).to.deep.equal([{ created: 50, already_there: 50, refused: 0, next_line: null }]);
    expect(reads).to.be.above(30);
  });

  const mistakes: Record<string, { args: string[]; says: RegExp }> = {
    'a line that is no number': { args: ['--from-line', 'x', '-'], says: /Must be a whole number/ },
    'a file that is not there': { args: ['none.csv'], says: /none\.csv: ENOENT/ },
    'a file of which nobody knows what it is': { args: ['some.txt'], says: /--format/ },
    'a header without all fields': { args: ['bad.csv'], says: /lacks user_id.* and has user/ },
    'what is no CSV': { args: ['torn.csv'], says: /not CSV: .*[Qq]uot/ },
  };
  for (const [what, { args, says }] of Object.entries(mistakes)) {
    it(`ends with status 2 at ${what}`, async () => {
      service.file('some.txt', '');
      service.file('bad.csv', 'order_id,user,item_ids,total_amount\n');
      service.file('torn.csv', 'order_id,user_id,item_ids,total_amount\n1,u,"a,1\n');
      const { status, stderr } = await service.orders(['place', ...args]);
      expect(status, stderr).to.equal(2);
      expect(stderr).to.match(says);
    });
  }

  it('ends with status 2 at a file that cannot be opened', async () => {
    const socket = createServer().listen(join(service.directory, 'socket.ndjson'));
    await once(socket, 'listening');
    try {
      const { status, stderr } = await service.orders(['place', 'socket.ndjson']);
      expect(status).to.equal(2);
      expect(stderr).to.match(/^error: socket\.ndjson: E[A-Z]+: /);
    } finally {
      socket.close();
    }
  });

  const asCsv = 'order_id,user_id,item_ids,total_amount\no0,u,a,1\no1,u,a,1\no2,u,a';
  for (const [format, text, next] of [
    ['ndjson', `${asLines(many(2))}{"order_id"`, 3],
    ['csv', asCsv, 4],
  ] as const) {
    it(`ends with status 2 where ${format} cannot be read any further`, async () => {
      const stdin = new PassThrough();
      stdin.write(text);
      const running = service.orders(['place', '-', '--format', format], { stdin });
      while ((await service.placed()).length < 2) await turnOfTheLoop();
      stdin.destroy(Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }));
      const { status, stderr } = await running;
      expect(status).to.equal(2);
      expect(stderr).to.match(/^2 created, .*\nerror: stdin: EIO: .*\nEnded before line/);
      expect(stderr).to.include(`Ended before line ${next} of stdin`);
    });
  }
});

/** Passes bytes on, and cuts the first connection after so many have gone to the service. */
async function startCuttingProxy(port: number, bytes: number) {
  const sockets = new Set<Socket>();
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = dial(port, '127.0.0.1');
    let passed = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      passed += chunk.length;
      if (cuts === 0 && passed > bytes) {
        cuts += 1;
        client.destroy();
      } else upstream.write(chunk);
    });
    upstream.pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
