import { renameSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { DatabaseUnavailable } from '../../src/index.ts';
import { newOrder } from '../given.ts';
import { kinds } from '../kinds.ts';
import { placerOfEachTest } from '../placers.ts';

describe('a placer that was started on a SQLite file', () => {
  const given = placerOfEachTest(kinds.sqlite);
  const pathOf = (url: string) => url.replace('file:', '');

  it('writes while this thread does something else', async () => {
    const file = new BetterSqlite3(pathOf(given.own.url), { readonly: true });
    const count = file.prepare('select count(*) from orders').pluck();
    const placing = given.placer.place(newOrder('a'));
    // The group is on its way.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const giveUpAt = performance.now() + 5000;
    // This thread has no turn for anything else.
    while (count.get() === 0 && performance.now() < giveUpAt);
    const found = count.get();
    file.close();
    expect(found).to.equal(1);
    expect(await placing).to.equal('placed');
  });

  it('says what the database could not, and goes on when it can again', async () => {
    const { own, placer } = given;
    const path = pathOf(own.url);
    renameSync(path, `${path}-away`);
    const failure = await placer.place(newOrder('a')).catch((error) => error);
    renameSync(`${path}-away`, path);
    expect(failure).to.be.instanceOf(DatabaseUnavailable);
    expect(failure.message).to.equal('the database file was deleted or replaced');
    expect(await placer.place(newOrder('a'))).to.equal('placed');
  });
});
