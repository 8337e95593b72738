import { expect } from 'chai';
// @ts-expect-error Plain JavaScript has no types.
import { forPeople, printer } from '../show.mjs';

describe('the output of npm start', () => {
  const entry = { level: 'info', time: '2024-05-06T07:08:09.123Z', pid: 1, name: 'worker' };

  it('puts a line of log into a form for people', () => {
    const line = JSON.stringify({ ...entry, order_id: '123', ms: 2003, of: 'a b', msg: 'done' });
    expect(forPeople(line)).to.match(
      /^\d\d:\d\d:09\.123 info {2}done order_id=123 ms=2003 of="a b"$/,
    );
  });

  it('shows the stack of an error below its line', () => {
    const line = JSON.stringify({ ...entry, err: { stack: 'Error: x\n    at y' }, msg: 'bad' });
    expect(forPeople(line)).to.match(/ bad\nError: x\n {4}at y$/);
  });

  for (const line of ['plain', '{', '{"a":1}', '{"level":"info","time":7}', 'null']) {
    it(`leaves ${line} as it is`, () => {
      expect(forPeople(line)).to.equal(line);
    });
  }

  function shown(terminal: boolean, env: NodeJS.ProcessEnv) {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    printer(
      [{ name: 'a' }, { name: 'long' }],
      { isTTY: terminal, write },
      env,
    )('a', JSON.stringify({ ...entry, msg: 'hello' }));
    return text;
  }

  it('is coloured and for people on a terminal', () => {
    expect(shown(true, {})).to.match(/\[36ma {4}\| .*\[0m\d\d:.*\[2minfo .* hello\n$/);
  });

  it('has no colours on a terminal when NO_COLOR is set', () => {
    expect(shown(true, { NO_COLOR: '1' })).to.match(/^a {4}\| [\d:.]+ info {2}hello\n$/);
  });

  function output() {
    const out = {
      text: '',
      error: null as Error | null,
      writableLength: 0,
      write(more: string, written: (error: Error | null) => void) {
        if (!out.error) out.text += more;
        written(out.error);
      },
    };
    return out;
  }

  it('loses the lines that cannot be written, and counts them', () => {
    const out = output();
    const show = printer([{ name: 'a' }], out, {});
    out.error = new Error('no space left');
    for (const line of ['1', '2', '3']) show('a', line);
    out.error = null;
    for (const line of ['4', '5']) show('a', line);
    expect(out.text).to.equal('(lines lost: 3)\na | 4\na | 5\n');
  });

  it('keeps no more than a million characters for its reader, and counts the lines beyond', () => {
    const out = output();
    const show = printer([{ name: 'a' }], out, {});
    out.writableLength = 2_000_000;
    for (const line of ['1', '2']) show('a', line);
    out.writableLength = 0;
    show('a', '3');
    expect(out.text).to.equal('(lines lost: 2)\na | 3\n');
  });

  it('goes into a pipe as it came', () => {
    expect(shown(false, {})).to.match(/^a {4}\| \{"level".*"hello"\}\n$/);
  });
});
