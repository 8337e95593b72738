import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { createTimestamps } from '../src/log.ts';
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

  it('passes on what others write by whole lines, and a very long one in pieces', async () => {
    const one = runProgram(`
      import { PassThrough } from 'node:stream';
      import { passOn } from '@orders/runtime';
      const text = new PassThrough();
      passOn(text, 'stdout');
      text.write('a');
      await new Promise(setImmediate);
      text.write('b\\r c\\u2028d\\ne');
      await new Promise(setImmediate);
      for (let i = 0; i < 200; i += 1) {
        text.write('.'.repeat(1024));
        await new Promise(setImmediate);
      }
      text.end();`);
    expect(await one.ended, one.errors()).to.equal(0);
    const [first, ...pieces] = one.output().trimEnd().split('\n');
    expect(first).to.equal('ab\r c\u2028d');
    expect(pieces.length).to.be.within(3, 5);
    expect(pieces.join('')).to.equal(`e${'.'.repeat(200 * 1024)}`);
  });

  it('has the time of each line, whether the clock goes on, stands or steps back', () => {
    const times = [0, 0, 1, 1_700_000_000_000, 999, 999];
    const timestamps = createTimestamps(() => times.shift() as number);
    expect(
      Array.from({ length: 6 }, () => JSON.parse(`{${timestamps().slice(1)}}`).time),
    ).to.deep.equal([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.001Z',
      '2023-11-14T22:13:20.000Z',
      '1970-01-01T00:00:00.999Z',
      '1970-01-01T00:00:00.999Z',
    ]);
  });

  it('has no credentials in it, and no rows that a database cites', async () => {
    const one = runProgram(`${START}
      const headers = { authorization: 's3cret', cookie: 's3cret', 'set-cookie': ['s3cret'], a: 'b' };
      const err = Object.assign(new Error('no'), { headers, detail: 's3cret', where: 's3cret' });
      log.warn({ err, headers, req: { headers }, cookie: 's3cret', authorization: 's3cret' }, 'all');
    `);
    expect(await one.ended, one.errors()).to.equal(0);
    expect(one.output()).to.not.include('s3cret');
    const [line] = one.log();
    expect(line.headers).to.include({ authorization: '[redacted]', a: 'b' });
    expect(line.err).to.include({ message: 'no', detail: '[redacted]' });
  });

  const kill = "process.kill(process.pid, 'SIGKILL')";
  for (const [what, end] of [
    ['process.exit', 'process.exit(0)'],
    ['kill -9 after a turn of the event loop', `setImmediate(() => ${kill})`],
    ['kill -9 after a warning', `log.warn({ i: 5000 }, 'last words'); ${kill}`],
    ['an exception that nobody catches', `throw new Error('nobody catches this')`],
  ]) {
    it(`loses no line to ${what}, even when the reader is slow`, async () => {
      const one = runProgram(
        `${START} for (let i = 0; i < 5000; i += 1) log.info({ i }, 'x'.repeat(100)); ${end};`,
      );
      one.child.stdout.pause();
      one.child.stderr.once('close', () => {});
      setTimeout(() => one.child.stdout.resume(), 300);
      await one.ended;
      const logged = one.log().map((entry) => entry.i);
      expect(logged.slice(0, 5000)).to.deep.equal([...Array(5000).keys()]);
    });
  }

  it('keeps the order of lines, whichever log of the process they are from', async () => {
    const one = runProgram(`${START}
      process.on('exit', () => log.info('sixth'));
      log.info('first'); log.info('second'); createLog('other', 'info').warn('third');
      createLog('other', 'info').info('fourth'); log.info('fifth');
    `);
    await one.ended;
    const order = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
    expect(one.log().map(({ msg }) => msg)).to.deep.equal(order);
  });

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
    // None of them is torn apart: each can be parsed.
    const entries = one
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
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
