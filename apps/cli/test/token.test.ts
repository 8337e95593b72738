import { PassThrough } from 'node:stream';
import { TokenRefused } from '@orders/api/tokens';
import { expect } from 'chai';

import { asLines, order, type Service, startService } from './given.ts';

describe('orders place, when the token expires half-way', () => {
  let service: Service;
  let expiresAt: number;
  beforeEach(async () => {
    expiresAt = Date.now() + 3_600_000;
    const caller = {
      ...{ user: 'user_1', seesAll: false, scopes: new Set(['orders:write', 'orders:read']) },
      get expiresAt() {
        return expiresAt;
      },
    };
    service = await startService({}, async () => {
      if (Date.now() >= expiresAt) throw new TokenRefused('it has expired');
      return caller;
    });
  });
  afterEach(() => service.stop());

  const many = Array.from({ length: 300 }, (_, i) => order(`o${i}`));
  const place = (stdin: PassThrough | string, ...args: string[]) =>
    service.orders(['--token', 'x', 'place', '-', ...args], { stdin });
  const until = async (orders: number) => {
    while ((await service.placed()).length < orders) await new Promise(setImmediate);
  };

  it('says so, what is done, and from which line the same command goes on', async () => {
    const stdin = new PassThrough();
    const running = place(stdin, '--json');
    stdin.write(asLines(many.slice(0, 100)));
    await until(100);
    expiresAt = Date.now();
    stdin.write(asLines(many.slice(100)));
    const { status, json, stderr } = await running;
    expect(status).to.equal(1);
    expect(json).to.deep.equal([{ created: 100, already_there: 0, refused: 0, next_line: 101 }]);
    expect(stderr).to.match(/it has expired\nEnded before line 101 of stdin\. .*--from-line 101/);

    expiresAt = Date.now() + 3_600_000;
    const again = await place(asLines(many), '--json');
    expect(again.json).to.deep.equal([
      { created: 200, already_there: 100, refused: 0, next_line: null },
    ]);
    expect((await service.placed()).map(({ order_id }) => order_id)).to.deep.equal(
      many.map(({ order_id }) => order_id),
    );
  });

  it('leaves no line behind that it could not compare with what is there', async () => {
    await place(asLines(many.slice(0, 100)));
    const stdin = new PassThrough();
    const running = place(stdin, '--json');
    let reads = 0;
    service.reads.fail = () => {
      reads += 1;
      if (reads === 20) expiresAt = Date.now();
      return false;
    };
    stdin.end(asLines(many));
    const { status, json } = await running;
    expect(status).to.equal(1);
    const [{ already_there, next_line }] = json;
    expect(next_line).to.be.within(1, already_there + 1);
  });

  it('says nothing else when nothing was done', async () => {
    expiresAt = 0;
    const { status, stdout, stderr } = await place(asLines(many));
    expect([status, stdout]).to.deep.equal([1, '']);
    expect(stderr).to.equal('error: The token is refused: it has expired\n');
  });
});
