import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { gone, makeProject } from './project.ts';

// Leaves what the real one leaves, and says how it was called.
const INSTALL = `echo "$CI $*" >> calls; ln -sf ${process.execPath} node_modules/.bin/node`;

describe('the installation', () => {
  let project: ReturnType<typeof makeProject>;
  const calls = () => readFileSync(join(project.folder, 'calls'), 'utf8').trim().split('\n');

  beforeEach(() => {
    project = makeProject({ Procfile: 'api: echo works\n' });
  });
  afterEach(() => project.remove());

  it('runs once, with the pnpm that package.json names, and is over in no time afterwards', async () => {
    project.npx(INSTALL);
    const first = project.launch('start');
    expect(await first.ended).to.equal(0);
    expect(first.output()).to.match(/^Installing .* done in \d+ s\.\napi \| works$/m);

    const second = project.launch('start');
    expect(await second.ended).to.equal(0);
    expect(second.output()).not.to.contain('Installing');
    expect(calls()).to.deep.equal([
      'true --yes pnpm@12.21.0 install --frozen-lockfile --pm-on-fail=ignore',
    ]);
  });

  it('is done, with the page built and nothing started, where nothing more is wanted', async () => {
    project.npx(INSTALL);
    project.write('apps/dashboard/build.ts', '');
    project.write('packages/contract/src/client.ts', '');
    project.write('apps/dashboard/dist/index.html', '');
    const one = project.launch('build');
    expect(await one.ended).to.equal(0);
    expect(one.output()).to.match(/^Installing .* done in .*\nBuilding the page … done in .*\n$/);
  });

  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'apps/new/package.json']) {
    it(`runs again when ${file} has changed`, async () => {
      project.npx(INSTALL);
      await project.launch('start').ended;
      project.write(file, '{}');
      const again = project.launch('start');
      expect(await again.ended).to.equal(0);
      expect(again.output()).to.contain('Installing what has changed');
      expect(calls()).to.have.length(2);
    });
  }

  it("throws away another platform's packages first", async () => {
    project.npx(INSTALL);
    project.write('node_modules/.installed', 'plan9-x64 0');
    project.write('node_modules/theirs/index.js', '');
    expect(await project.launch('start').ended).to.equal(1);
    expect(existsSync(join(project.folder, 'node_modules/theirs'))).to.equal(false);
  });

  it('is done by one process while the others wait', async () => {
    project.npx(`sleep 0.5; ${INSTALL}`);
    const both = [project.launch('start'), project.launch('start')];
    expect(await Promise.all(both.map((one) => one.ended))).to.deep.equal([0, 0]);
    expect(calls()).to.have.length(1);
  });

  it('does not wait for a process that died in its turn', async () => {
    project.npx(INSTALL);
    project.write('node_modules/.installing', '2147483646');
    expect(await project.launch('start').ended).to.equal(0);
  });

  it('shows what pnpm said when it fails, and is not taken for done', async () => {
    project.npx('echo "ERR_PNPM_SOMETHING odd"; exit 1');
    for (let round = 0; round < 2; round += 1) {
      const one = project.launch('start');
      expect(await one.ended).to.equal(1);
      expect(one.output()).to.contain('ERR_PNPM_SOMETHING odd\nerror: the packages could not be');
    }
  });

  it('says so when the registry cannot be reached', async () => {
    project.npx('echo "getaddrinfo ENOTFOUND somewhere"; exit 1');
    const one = project.launch('start');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.contain('error: the npm registry cannot be reached');
  });

  it('says so when the Node that was installed does not run', async () => {
    project.npx(
      'printf "#!/bin/sh\\nexit 126" > node_modules/.bin/node; chmod +x node_modules/.bin/node',
    );
    const one = project.launch('start');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.contain('error: the Node that was installed does not run');
  });

  it('fetches what the benchmarks compare with for the benchmarks only', async () => {
    project.write('apps/bench/peers/package.json', '{"packageManager":"pnpm@12.21.0"}');
    project.npx(INSTALL);
    expect(await project.launch('start').ended).to.equal(0);
    project.npx('pwd >> ../../../calls');
    const benches = [project.launch('bench'), project.launch('bench')];
    await Promise.all(benches.map((one) => one.ended));
    expect(calls().slice(1)).to.deep.equal([
      realpathSync(join(project.folder, 'apps/bench/peers')),
    ]);
  });

  const tasks = { start: 0, 'only api': 0, test: 130 };
  for (const [task, status] of Object.entries(tasks)) {
    it(`ends with everything it started on SIGTERM, with status ${status} for ${task}`, async () => {
      project.npx('sleep 60 & echo $! > slow.part; mv slow.part slow; wait');
      const one = project.launch(...task.split(' '));
      const slow = join(project.folder, 'slow');
      while (!existsSync(slow)) await new Promise((settle) => setTimeout(settle, 10));
      one.signal('SIGTERM');
      expect(await one.ended).to.equal(status);
      await gone(Number(readFileSync(slow, 'utf8')));
      expect(one.output()).not.to.contain('works');
    });
  }
});
