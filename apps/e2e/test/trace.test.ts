import { expect } from 'chai';

import { createDisk } from '../src/torture/disk.ts';
import { seeded } from '../src/torture/random.ts';
import { readTrace } from '../src/torture/trace.ts';

describe('a disk that a trace is replayed on', () => {
  const hex = (text: string) =>
    [...text].map((letter) => `\\x${letter.charCodeAt(0).toString(16)}`).join('');
  const file = hex('/a.db');
  const write = (text: string, at: number) =>
    `pwrite64(3<${file}>, "${hex(text)}", ${text.length}, ${at}) = ${text.length}`;

  it('has for sure what was begun before a sync that has returned, and nothing else', () => {
    const disk = createDisk(() => true);
    const kept = () => disk.cut(seeded(1), 'none').get('a.db')?.toString();
    const seen = [];
    const trace = [
      `1 ${write('a', 0)}`,
      `1 fdatasync(3<${file}> <unfinished ...>`,
      `2 ${write('b', 1)}`,
      '1 <... fdatasync resumed>) = 0',
      `2 fsync(3<${file}>) = -1 EIO (Input/output error)`,
      `2 fsync(3<${file}>) = 0`,
    ];
    for (const call of readTrace(trace.join('\n'))) {
      disk.happen(call);
      seen.push([call.name, kept()]);
    }
    expect(seen).to.deep.equal([
      ['pwrite64', ''],
      ['pwrite64', ''],
      ['fdatasync', 'a'],
      ['fsync', 'ab'],
    ]);
  });
});
