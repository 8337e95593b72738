import { expect } from 'chai';
import { makeProject } from './project.ts';

const PASSING = `it('passes', () => {});\n`;
const FAILING = `it('fails', () => {\n  throw new Error('wrong');\n});\n`;

describe('npm test', () => {
  let project: ReturnType<typeof makeProject>;
  afterEach(() => project.remove());

  describe('its last line', () => {
    async function mocha(text: string, ...args: string[]) {
      project = makeProject({ 'some.test.cjs': text });
      project.borrow('node_modules/mocha', 'apps/launch/reporter.cjs');
      const one = project.run(
        'node_modules/mocha/bin/mocha.js',
        '--reporter=apps/launch/reporter.cjs',
        ...args,
        'some.test.cjs',
      );
      const status = await one.ended;
      // Not simply the last line of all: stderr may arrive after it.
      const [last] = one.output().match(/^\d+ passed.*$/m) ?? [];
      return { status, last, output: one.output() };
    }

    it('counts what passed, failed and was skipped', async () => {
      const { status, last } = await mocha(`${PASSING}${PASSING}${FAILING}it.skip('later');`);
      expect(last).to.equal('2 passed, 1 failed, 1 skipped');
      expect(status).not.to.equal(0);
    });

    it('goes with status 0 when all passed', async () => {
      const { status, last } = await mocha(PASSING);
      expect([status, last]).to.deep.equal([0, '1 passed, 0 failed, 0 skipped']);
    });

    it('counts a failed check as failed', async () => {
      const { status, last } = await mocha(PASSING, '--reporter-option=failedChecks=2');
      expect([status, last]).to.deep.equal([2, '1 passed, 2 failed, 0 skipped']);
    });

    it('counts it as failed that no test was run', async () => {
      const { status, last, output } = await mocha(PASSING, '-g', 'another');
      expect([status, last]).to.deep.equal([1, '0 passed, 1 failed, 0 skipped']);
      expect(output).to.contain('No test was run.');
    });

    it('counts it as failed when something stays open, and names it', async () => {
      const leak = `${PASSING}after(() => { require('node:net').createServer().listen(0); });`;
      const { status, last, output } = await mocha(leak, '--reporter-option=lingerMs=100');
      expect([status, last]).to.deep.equal([1, '1 passed, 1 failed, 0 skipped']);
      expect(output).to.match(/^Still open after the tests, .*TCPServerWrap/m);
    });
  });

  describe('in a whole project', () => {
    function given(files: Record<string, string>) {
      project = makeProject({
        '.biome.json': JSON.stringify({ files: { includes: ['apps/a/src/**'] } }),
        'package.json': '{ "type": "module", "packageManager": "pnpm@12.21.0" }',
        'tsconfig.base.json': JSON.stringify({
          // Without types of a platform: those take longer to read than all else here.
          compilerOptions: { noEmit: true, lib: ['es5'], skipLibCheck: true },
          include: ['apps/*/src'],
        }),
        'apps/dashboard/tsconfig.json':
          '{ "extends": "../../tsconfig.base.json", "include": ["src"] }',
        'apps/dashboard/src/page.ts': 'export {};\n',
        'apps/a/src/index.ts': 'export const one: number = 1;\n',
        'packages/contract/src/generate.ts': 'export {};\n',
        'packages/a/test/a.test.ts': 'it("is first", () => {});\n',
        'apps/a/test/a.test.ts': 'it("is second", () => {});\n',
        'apps/e2e/test/a.test.ts': 'it("is last", () => {});\n',
        ...files,
      });
      project.borrow('apps/launch/reporter.cjs', '.mocharc.json');
      project.borrow(...['@biomejs', 'typescript', 'mocha'].map((name) => `node_modules/${name}`));
      project.installed();
      return project;
    }

    it('checks, then runs all tests', async () => {
      const one = given({}).launch('test');
      expect(await one.ended, one.output()).to.equal(0);
      for (const test of ['is first', 'is second', 'is last']) {
        expect(one.output()).to.contain(test);
      }
      expect(one.output()).to.match(/^3 passed, 0 failed, 0 skipped\n$/m);
    });

    it('shows every failed check, runs what it is asked to all the same, and fails', async () => {
      const one = given({
        'apps/a/src/index.ts': 'export const one: number = "one"\n',
        'packages/contract/src/generate.ts': 'process.exit(1);\n',
      }).launch('test', 'apps/a/test/a.test.ts', '-g', 'second');
      expect(await one.ended).not.to.equal(0);
      expect(one.output()).to.contain(
        'Not in order: format and lint; types; types generated from the contract\n',
      );
      expect(one.output()).to.match(/^1 passed, 3 failed, 0 skipped\n$/m);
    });
  });
});
