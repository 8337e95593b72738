import { spawnSync } from 'node:child_process';
import { renameSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect } from 'chai';

import { DatabaseUnavailable } from '../../src/index.ts';
import { newOrder, place } from '../given.ts';
import { kinds } from '../kinds.ts';
import { placerOfEachTest } from '../placers.ts';

describe('a placer that was started on a SQLite file', () => {
  const given = placerOfEachTest(kinds.sqlite);
  const pathOf = (url: string) => url.replace('file:', '');
  const refusal = (call: Promise<unknown>) => call.catch((error: Error) => error);

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
    const failure = await refusal(placer.place(newOrder('a')));
    renameSync(`${path}-away`, path);
    expect(failure).to.be.instanceOf(DatabaseUnavailable);
    expect((failure as Error).message).to.equal('the database file was deleted or replaced');
    expect(await placer.place(newOrder('a'))).to.equal('placed');
  });

  const placeHere = ({ database }: typeof given) => place(database, 'a');
  const placeThere = ({ placer }: typeof given) => placer.place(newOrder('b'));
  for (const [last, writeLast, tryAgain] of [
    ['this thread', placeHere, placeThere],
    ['its own', placeThere, ({ placer }: typeof given) => placer.check()],
  ] as const) {
    it(`leaves nothing behind for what takes the place of the file: ${last} wrote last`, async () => {
      const path = pathOf(given.own.url);
      await writeLast(given);
      renameSync(path, `${path}-away`);
      expect(await refusal(tryAgain(given))).to.be.instanceOf(DatabaseUnavailable);
      const giveUpAt = performance.now() + 5000;
      while (statSync(`${path}-wal`).size > 0 && performance.now() < giveUpAt) await sleep(1);
      expect(statSync(`${path}-wal`).size).to.equal(0);
    });
  }

  it('takes no orders once it is closed', async () => {
    const { placer } = given;
    await placer.close();
    expect(await refusal(placer.place(newOrder('a')))).to.be.instanceOf(DatabaseUnavailable);
    await placer.close();
  });

  /** Runs a program with a placer on a file, in a process of its own. */
  function run(program: string, options: readonly string[] = []) {
    const [db, order] = ['../../src/index.ts', '../given.ts'].map((path) =>
      JSON.stringify(import.meta.resolve(path)),
    );
    const text = `
      import { openDatabase, startPlacer } from ${db};
      import { newOrder } from ${order};
      const url = ${JSON.stringify(given.own.url)};
      const placer = await startPlacer(await openDatabase(url), url);
      console.log(await placer.place(newOrder('a')));
      ${program}`;
    const file = `${pathOf(given.own.url)}.mjs`;
    writeFileSync(file, text);
    return spawnSync(process.execPath, [...options, file], { encoding: 'utf8', timeout: 30_000 });
  }

  it('keeps no process from ending that has nothing else to do', () => {
    const { status, stdout, stderr } = run('');
    expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: 'placed\n', stderr: '' });
  });

  it('takes its process along when its thread ends', () => {
    const endThread = `
      import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) new BroadcastChannel('end').onmessage = () => process.exit(3);`;
    const { status, stderr } = run(
      `new BroadcastChannel('end').postMessage('now');
      await placer.place(newOrder('b'));
      setInterval(() => {}, 1000);`,
      ['--import', `data:text/javascript,${encodeURIComponent(endThread)}`],
    );
    expect(stderr).to.include('the thread that places orders has ended');
    expect(status).to.equal(1);
  });
});
