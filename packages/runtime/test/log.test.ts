import { expect } from 'chai';
import { runProgram } from './child.ts';

const START = `import { createLog } from '@orders/runtime'; const log = createLog('test', 'info');`;

describe('the log', () => {
  it('is one line of JSON an event, with time, level, process and name', async () => {
    const one = runProgram(`${START} log.debug('no'); log.warn({ order_id: '1' }, 'yes');`);
    expect(await one.ended, one.errors()).to.equal(0);
    const [entry, ...others] = one.log();
    expect(others).to.deep.equal([]);
    const { time, ...rest } = entry;
    expect(new Date(time).toISOString()).to.equal(time);
    expect(rest).to.deep.equal({
      level: 'warn',
      pid: one.child.pid,
      name: 'test',
      order_id: '1',
      msg: 'yes',
    });
  });

  for (const end of ['process.exit(0)', "process.kill(process.pid, 'SIGKILL')"]) {
    it(`loses no line to ${end}, even when the reader is slow`, async () => {
      const one = runProgram(
        `${START} for (let i = 0; i < 5000; i += 1) log.info({ i }, 'x'.repeat(100)); ${end};`,
      );
      one.child.stdout.pause();
      one.child.stderr.once('close', () => {});
      setTimeout(() => one.child.stdout.resume(), 300);
      await one.ended;
      expect(one.log().map((entry) => entry.i)).to.deep.equal([...Array(5000).keys()]);
    });
  }

  it('goes nowhere when nobody reads it any more, and the process goes on', async () => {
    const one = runProgram(`${START}
      process.stdin.once('end', () => { log.info('a'); log.info('b'); process.exitCode = 7; });
      process.stdin.resume();
      log.info('started');
    `);
    await one.says('started');
    one.child.stdout.destroy();
    one.child.stdin.end();
    expect(await one.ended, one.errors()).to.equal(7);
  });
});
