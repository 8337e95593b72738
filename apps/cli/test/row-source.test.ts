import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect } from 'chai';

import type { Row } from '../src/row.ts';
import { createRowSource } from '../src/row-source.ts';
import { collectGarbage } from './garbage.ts';

describe('a row source', () => {
  const never = new AbortController().signal;

  async function* groups(count: number): AsyncGenerator<Row[]> {
    for (let line = 1; line <= count; line += 1) {
      yield [{ line, end: line, bytes: Buffer.from('{}') }];
    }
  }

  it('holds no group that was taken', async () => {
    const source = createRowSource(groups(5));
    const take = async () => new WeakRef((await source.next(never)) as Row[]);
    const taken = [await take(), await take(), await take()];
    await take();
    await turnOfTheLoop();
    collectGarbage();
    expect(taken.map((group) => group.deref())).to.deep.equal([undefined, undefined, undefined]);
  });

  it('loses no group that was being read when it was told to wait no longer', async () => {
    const source = createRowSource(groups(2));
    expect(await source.next(AbortSignal.abort())).to.equal(undefined);
    expect(source.atEnd).to.equal(false);
    expect((await source.next(never))?.[0]?.line).to.equal(1);
    expect((await source.next(never))?.[0]?.line).to.equal(2);
    expect([await source.next(never), source.atEnd]).to.deep.equal([undefined, true]);
  });
});
