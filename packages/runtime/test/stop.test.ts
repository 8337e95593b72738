import { once } from 'node:events';
import { expect } from 'chai';
import { runProgram } from './child.ts';

const START = `
  import { createLog, onStop, runMain } from '@orders/runtime';
  const log = createLog('test', 'info');
  setInterval(() => {}, 1000);
`;
const stopping = (stop: string) =>
  runProgram(`${START} await runMain(async () => { onStop(log, ${stop}); log.info('started'); });`);
const messages = (one: ReturnType<typeof runProgram>) => one.log().map((entry) => entry.msg);

describe('stopping', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    it(`does what there is to do on ${signal} and ends with status 0`, async () => {
      const one = stopping(`async () => { log.info('stop called'); }`);
      await one.says('started');
      one.child.kill(signal);
      expect(await one.ended).to.equal(0);
      expect(messages(one)).to.deep.equal(['started', 'stopping', 'stop called', 'stopped']);
    });
  }

  it('says that it is up to whoever started it, and stops when that one is gone', async () => {
    const one = stopping(`async () => { log.info('stop called'); }`);
    const said = once(one.child, 'message');
    await one.says('started');
    expect((await said)[0]).to.equal('up');
    one.child.disconnect();
    expect(await one.ended).to.equal(0);
    expect(messages(one)).to.deep.equal(['started', 'stopping', 'stop called', 'stopped']);
  });

  it('stops as soon as it can when whoever started it is gone before', async () => {
    const one = runProgram(`${START}
      process.once('disconnect', () => { onStop(log, async () => log.info('stop called')); });
      log.info('starting');`);
    await one.says('starting');
    one.child.disconnect();
    expect(await one.ended).to.equal(0);
    expect(messages(one)).to.deep.equal(['starting', 'stopping', 'stop called', 'stopped']);
  });

  it('keeps its grace when whoever told it to stop is gone', async () => {
    const one = stopping(`async (force) => {
      await new Promise((later) => setTimeout(later, 1100));
      log.info('patience is over');
      await new Promise((gone) => process.once('disconnect', () => setImmediate(gone)));
      log.info({ forced: force.aborted }, 'done');
    }`);
    await one.says('started');
    one.child.kill('SIGTERM');
    await one.says('patience is over');
    one.child.disconnect();
    expect(await one.ended).to.equal(0);
    expect(one.log().find(({ msg }) => msg === 'done').forced).to.equal(false);
  });

  it('takes signals that come within a second for one', async () => {
    const one = stopping(`async (force) => {
      log.info('stop called');
      await new Promise((done) => setTimeout(done, 300));
      log.info({ forced: force.aborted }, 'done');
    }`);
    await one.says('started');
    one.child.kill('SIGINT');
    await one.says('stop called');
    one.child.kill('SIGTERM');
    one.child.kill('SIGINT');
    expect(await one.ended).to.equal(0);
    expect(messages(one)).to.deep.equal(['started', 'stopping', 'stop called', 'done', 'stopped']);
    expect(one.log()[3].forced).to.equal(false);
  });

  it('ends the grace on a later signal', async () => {
    const one = stopping(`(force) => new Promise((done) => {
      force.addEventListener('abort', () => done());
    })`);
    await one.says('started');
    one.child.kill('SIGTERM');
    await one.says('stopping');
    const again = setInterval(() => one.child.kill('SIGTERM'), 100);
    expect(await one.ended.finally(() => clearInterval(again))).to.equal(0);
    const [told, toldAgain] = one.log().slice(1);
    expect(toldAgain.msg).to.equal('told again, stopping at once');
    expect(Date.parse(toldAgain.time) - Date.parse(told.time)).to.be.within(990, 2000);
  });

  for (const stop of [`async () => { throw new Error('no') }`, `() => { throw new Error('no') }`]) {
    it(`ends with status 1 and says why when it fails: ${stop}`, async () => {
      const one = stopping(stop);
      await one.says('started');
      one.child.kill('SIGTERM');
      expect(await one.ended).to.equal(1);
      expect(one.log().at(-1)).to.deep.include({ level: 'error', msg: 'could not stop in order' });
      expect(one.log().at(-1).err.message).to.equal('no');
    });
  }
});
