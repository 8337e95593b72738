import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { runNode, runProgram } from './child.ts';

const run = (main: string) =>
  runProgram(`import { runMain } from '@orders/runtime'; await runMain(async () => { ${main} });`);

describe('a process', () => {
  it('ends with status 0 when it has nothing left to do', async () => {
    const one = run('');
    expect(await one.ended).to.equal(0);
    expect(one.output() + one.errors()).to.equal('');
  });

  it('says what people can put right without a stack, with status 1', async () => {
    const one = run(`throw Object.assign(new Error('PORT is odd'), { forPeople: true });`);
    expect(await one.ended).to.equal(1);
    expect(one.errors()).to.equal('error: PORT is odd\n');
  });

  it('shows the stack of anything else, with status 70', async () => {
    const one = run(`throw new TypeError('odd');`);
    expect(await one.ended).to.equal(70);
    expect(one.errors()).to.match(/^TypeError: odd\n {4}at /);
  });

  const uncaught = {
    uncaughtException: `setTimeout(() => { throw new Error('odd') });`,
    unhandledRejection: `setTimeout(() => { Promise.reject(new Error('odd')) });`,
  };
  for (const [origin, main] of Object.entries(uncaught)) {
    it(`logs an ${origin} as fatal, with status 70`, async () => {
      const one = run(`${main} setInterval(() => {}, 1000);`);
      expect(await one.ended).to.equal(70);
      const [entry] = one.log();
      expect(entry).to.deep.include({ level: 'fatal', origin });
      expect(entry.err.message).to.equal('odd');
    });
  }

  for (const status of [0, 1, 3]) {
    it(`does not pass for stopped or refused when something calls process.exit(${status})`, async () => {
      const one = run(`setTimeout(() => process.exit(${status})); setInterval(() => {}, 1000);`);
      expect(await one.ended).to.equal(70);
      expect(one.errors()).to.equal(
        `error: something in this process called process.exit(${status})\n`,
      );
    });
  }

  const prepared = ['--import', './src/prepare.mjs'];

  it('says so and ends with status 1 on an older Node, before anything else is loaded', async function () {
    const old = olderNode();
    if (old === undefined) this.skip(); // There is no Node before 22 on this machine.
    const one = runNode([...prepared, '--eval', 'console.log("loaded")'], old);
    expect(await one.ended).to.equal(1);
    expect(one.errors()).to.match(/^error: Node 22.18 or newer is needed; this is v\d+/);
    expect(one.output()).to.equal('');
  });

  it('goes on where Node is new enough', async () => {
    const one = runNode([...prepared, '--eval', 'console.log("loaded")']);
    expect(await one.ended).to.equal(0);
    expect(one.output()).to.equal('loaded\n');
  });
});

/** The machine's own Node, if it has one from 18 to 21. */
function olderNode(): string | undefined {
  const own = resolve(import.meta.dirname, '../../../node_modules/.bin');
  const path = (process.env.PATH ?? '').split(':').filter((entry) => entry !== own);
  for (const folder of path) {
    try {
      const node = resolve(folder, 'node');
      const major = Number.parseInt(
        execFileSync(node, ['-p', 'process.versions.node']).toString(),
        10,
      );
      if (major >= 18 && major < 22) return node;
    } catch {
      // No Node in this folder.
    }
  }
  return undefined;
}
