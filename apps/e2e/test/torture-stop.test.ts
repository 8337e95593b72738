import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { processesOfEachTest } from '../src/processes.ts';
import { eventually } from '../src/service.ts';

describe('the long form of the tests that do harm', () => {
  const start = processesOfEachTest();
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'orders-stop-'));
  });
  afterEach(() => {
    // None, unless the test has failed: killed, the one that started them could not end them.
    for (const pid of existsSync('/proc') ? left() : []) process.kill(Number(pid), 'SIGKILL');
    rmSync(directory, { recursive: true });
  });

  /** Processes that were given the directory: that one, its children and theirs. */
  const left = () =>
    readdirSync('/proc').filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory);
      } catch {
        // No process, another user's, or one that has just ended.
        return false;
      }
    });

  for (const [args, status] of [
    ['--help', 0],
    ['--minute', 1],
  ] as const) {
    it(`says how it is called on ${args}, with status ${status}`, async () => {
      const torture = start(process.execPath, ['apps/e2e/src/torture/main.ts', args], {});
      expect(await torture.ended).to.equal(status);
      expect(torture.text).to.contain('npm run torture -- [--minutes 10]');
      expect(torture.text).not.to.match(/^ +at /m);
    });
  }

  it('leaves no process and no file behind when told to stop, and no verdict', async function () {
    if (!existsSync('/proc/self/environ')) return this.skip();
    const args = ['apps/e2e/src/torture/main.ts', '--minutes', '5', '--seed', '1', 'soak'];
    const torture = start(process.execPath, args, { TMPDIR: directory });
    await eventually(async () => torture.text.includes('orders;'));
    expect(left().length).to.be.at.least(3);
    expect(await torture.stop()).to.equal(128 + constants.signals.SIGTERM);
    expect(torture.text).to.match(/^0:0\d of 5 min: \d+ orders; .*\n.*interrupted: no verdict\n$/m);
    expect(torture.text).to.not.include('passed');
    await eventually(async () => left().length === 0);
    expect(readdirSync(directory).filter((name) => name.startsWith('orders-'))).to.deep.equal([]);
  });
});
