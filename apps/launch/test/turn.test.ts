import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
// @ts-expect-error Plain JavaScript has no types.
import { withTurn } from '../turn.mjs';

describe('taking turns', () => {
  let folder: string;
  let file: string;
  let other: ChildProcess;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'turn-'));
    file = join(folder, '.installing');
    other = spawn('sleep', ['60']);
  });
  afterEach(() => {
    other.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  /** Waits for its turn until it has looked twice. @returns whether its turn came */
  async function tryTwice(work = () => {}): Promise<boolean> {
    let looks = 0;
    let done = false;
    const stops = {
      get times() {
        return looks++;
      },
    };
    await withTurn(file, stops, async () => {
      done = true;
      work();
    });
    return done;
  }

  it('leaves the file with the process that is at it', async () => {
    writeFileSync(file, String(other.pid));
    expect(await tryTwice()).to.equal(false);
    expect(readFileSync(file, 'utf8')).to.equal(String(other.pid));
  });

  it('does not wait for itself: in a container the next process often has the same id', async () => {
    writeFileSync(file, String(process.pid));
    expect(await tryTwice()).to.equal(true);
    expect(existsSync(file)).to.equal(false);
  });

  it('does not wait for a process that has got the id of the one before', async function () {
    if (!existsSync('/proc/self/stat')) this.skip(); // Nothing tells them apart.
    writeFileSync(file, `${other.pid} 1`);
    expect(await tryTwice()).to.equal(true);
  });

  it('is known again by others while it works', async () => {
    await tryTwice(() => {
      const [pid, began] = readFileSync(file, 'utf8').split(' ');
      expect(Number(pid)).to.equal(process.pid);
      if (existsSync('/proc/self/stat')) expect(Number(began)).to.be.above(0);
    });
  });
});
