import { once } from 'node:events';
import { existsSync } from 'node:fs';
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

  it('loses lines rather than stop the process for a reader that does not read', async () => {
    const one = runProgram(`${START}
      for (let i = 0; i < 5000; i += 1) log.info({ i }, 'x'.repeat(100));
      process.stderr.write('went on');
      process.stdin.once('end', () => { log.info('again'); });
      process.stdin.resume();
    `);
    one.child.stdout.pause();
    await once(one.child.stderr, 'data');
    one.child.stdout.resume();
    one.child.stdin.end();
    expect(await one.ended).to.equal(0);
    const entries = one.log();
    const { lost } = entries.find(({ msg }) => msg === 'log lines lost') as { lost: number };
    expect(entries.filter(({ i }) => i !== undefined).length + lost).to.equal(5000);
    expect(entries.at(-1)?.msg).to.equal('again');
  });

  it('does not end the process when the disk is full', async function () {
    if (!existsSync('/dev/full')) this.skip();
    const one = runProgram(`${START}
      const { closeSync, openSync } = await import('node:fs');
      closeSync(1); openSync('/dev/full', 'w');
      log.info('lost'); process.exitCode = 7;
    `);
    expect(await one.ended, one.errors()).to.equal(7);
  });
});
