import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readMetrics } from '@orders/db';
import { expect } from 'chai';

import { root } from '../src/processes.ts';
import { eventually, serviceOfEachTest } from '../src/service.ts';

const file = join(root, '../shared/data/online-retail-orders.ndjson.gz');

describe('the import of a year of real orders by the command line', () => {
  const service = serviceOfEachTest();
  let directory: string;
  before(function () {
    directory = mkdtempSync(join(tmpdir(), 'orders-import-'));
    if (existsSync(file)) return;
    console.log('      skipped: ../shared/data/online-retail-orders.ndjson.gz is not here');
    this.skip();
  });
  after(() => rmSync(directory, { recursive: true }));

  it('goes on after Ctrl-C half-way: every order once, in its turn', async () => {
    const lines = gunzipSync(readFileSync(file));
    const unpacked = join(directory, 'orders.ndjson');
    writeFileSync(unpacked, lines);
    const ORDERS_URL = await service.apiHere();
    const command = ['run', '--silent', 'orders', '--', 'place', '--json'];
    const place = (...args: string[]) =>
      service.start('npm', [...command, ...args], { ORDERS_URL }, 'pipe');
    const total = async () => (await readMetrics(service.database)).totalOrders;

    // The other half never comes.
    const first = place('-');
    first.child.stdin?.on('error', () => {}).write(lines.subarray(0, lines.length / 2));
    await Promise.race([eventually(async () => (await total()) > 2000), first.ended]);
    // As a terminal does it: to all of the group.
    process.kill(-(first.child.pid as number), 'SIGINT');
    expect(await first.ended).to.equal(130);
    const [summary] = first.lines as unknown as { created: number; next_line: number }[];
    expect(summary).to.include({ already_there: 0, refused: 0, created: await total() });
    expect(summary?.next_line).to.equal((summary?.created ?? 0) + 1);

    // From some lines before: those are found to be there.
    const second = place(unpacked, '--from-line', String((summary?.next_line ?? 0) - 100));
    expect(await second.ended, second.text).to.equal(0);
    expect(second.lines[0]).to.include({ already_there: 100, refused: 0, next_line: null });

    const sent = lines
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).order_id);
    const { reader } = service.database;
    const rows = await reader.selectFrom('orders').select('order_id').orderBy('seq').execute();
    expect(rows.map(({ order_id }) => order_id)).to.deep.equal(sent);
  });
});
