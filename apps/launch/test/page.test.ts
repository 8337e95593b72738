import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeProject } from './project.ts';

// In the place of the real one: says that it was called, and leaves a page.
const BUILD = `import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
appendFileSync('builds', 'built\\n');
mkdirSync('apps/dashboard/dist', { recursive: true });
writeFileSync('apps/dashboard/dist/index.html', '');
`;
const page = 'apps/dashboard/dist/index.html';

describe('the page', () => {
  let project: ReturnType<typeof makeProject>;
  const has = (path: string) => existsSync(join(project.folder, path));
  const builds = () =>
    has('builds') ? readFileSync(join(project.folder, 'builds'), 'utf8').split('\n').length - 1 : 0;

  beforeEach(() => {
    project = makeProject({
      Procfile: 'api: echo works\nworker: echo works\n',
      'apps/dashboard/package.json': '{}',
      'apps/dashboard/build.ts': BUILD,
      'apps/dashboard/src/main.tsx': '',
      'packages/contract/src/client.ts': '',
    });
    project.installed();
  });
  afterEach(() => project.remove());

  async function start(...args: string[]) {
    const one = project.launch(...args);
    expect(await one.ended).to.equal(0);
    return one.output();
  }

  it('is built before the API starts, and not again until its sources have changed', async () => {
    expect(await start('start')).to.match(/^Building the page … done in [\d.]+ s\.\n.*works/);
    expect(await start('only', 'api')).to.equal('works\n');
    expect(builds()).to.equal(1);
    project.write('apps/dashboard/src/main.tsx', 'render();');
    await start('start');
    project.write('packages/contract/src/client.ts', 'export {};');
    await start('start');
    expect(builds()).to.equal(3);
    project.write('apps/dashboard/test/some.test.ts', '');
    await start('start');
    expect(builds()).to.equal(3);
  });

  it('is not built for a worker alone', async () => {
    await start('only', 'worker');
    expect(builds()).to.equal(0);
  });

  it('is built, and nothing started, where nothing more is wanted', async () => {
    expect(await start('build')).to.match(/^Building the page … done in [\d.]+ s\.\n$/);
    expect(await start('build')).to.equal('');
    expect(await start('only', 'api')).to.equal('works\n');
    expect(builds()).to.equal(1);
  });

  it('has to be there where nothing more is wanted', async () => {
    project.write('apps/dashboard/build.ts', `throw new Error('no such component');`);
    expect(await project.launch('build').ended).to.equal(1);
  });

  it('is built by one process while the others wait', async () => {
    await Promise.all([start('start'), start('start')]);
    expect(builds()).to.equal(1);
  });

  it('is missing when it cannot be built, and the API starts without it', async () => {
    await start('start');
    project.write('apps/dashboard/build.ts', `throw new Error('no such component');`);
    for (let round = 0; round < 2; round += 1) {
      expect(await start('start'))
        .to.contain('no such component')
        .and.match(/^The page could not be built, .* \/dashboard is missing\.$/m)
        .and.match(/^api {4}\| works$/m);
    }
    expect(has(page)).to.equal(false);
    project.write('apps/dashboard/build.ts', BUILD);
    await start('start');
    expect(has(page)).to.equal(true);
  });
});
