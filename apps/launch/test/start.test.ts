import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { gone, isAlive, makeProject, pids, ROOT } from './project.ts';

// Says its process id once it can be stopped; counts the signals as a real process does.
const STEADY = `
  let told = 0;
  const stop = () => { if (told++ === 0) setTimeout(() => process.exit(0), 50); };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, stop);
  setInterval(() => {}, 1000);
  console.log('up pid=' + process.pid + ' port=' + process.env.PORT);
`;

// Takes no notice the first time.
const STUBBORN = `
  let told = 0;
  process.on('SIGTERM', () => { console.log('told ' + ++told); if (told === 2) process.exit(0); });
  setInterval(() => {}, 1000);
  console.log('up pid=' + process.pid);
`;

// Is up, but for its second run: then it cannot work.
const FLAKY = `
  const fs = require('node:fs');
  fs.appendFileSync('runs', '.');
  const runs = fs.statSync('runs').size;
  if (runs === 2) {
    console.error('error: no free connection');
    process.exit(1);
  }
  process.send?.('up');
  setInterval(() => {}, 1000);
  console.log('run ' + runs + ' pid=' + process.pid);
`;

// Writes on and on, also for a while after it was told to stop, and notes in files how often that was.
const chatty = (graceMs: number) => `
  const fs = require('node:fs');
  process.on('SIGTERM', () => {
    fs.appendFileSync('told', '.');
    setTimeout(() => process.exit(0), ${graceMs});
  });
  setInterval(() => {
    console.log('still here');
    fs.appendFileSync('lines', '.');
  }, 20);
  console.log('up pid=' + process.pid);
`;

// Writes numbered lines until all are taken, but for those it gives up when told to stop. Says in a
// file when all are, or when nobody takes any for a while.
const LINES = 20_000;
const FULL = `
  const { writeFileSync } = require('node:fs');
  let number = 0;
  const heldUp = setTimeout(() => writeFileSync('state', 'held up'), 300);
  const write = () => {
    heldUp.refresh();
    while (number < ${LINES} && process.stdout.write('line ' + ++number + ' ' + '.'.repeat(99) + '\\n'));
    if (number === ${LINES}) process.stdout.write('all\\n', () => end('all taken'));
  };
  const end = (state) => {
    writeFileSync('state', state);
    process.exit(0);
  };
  process.stdout.on('drain', write);
  process.on('SIGTERM', () => {
    process.stdout.off('drain', write);
    process.stdout.write('stopped\\n', () => end('stopped'));
  });
  console.log('up pid=' + process.pid);
  write();
`;

const node = (file: string) => `exec node_modules/.bin/node ${file}`;

describe('npm start', () => {
  let project: ReturnType<typeof makeProject>;

  function given(procfile: string, files: Record<string, string> = {}) {
    project = makeProject({
      Procfile: procfile,
      'steady.cjs': STEADY,
      'stubborn.cjs': STUBBORN,
      ...files,
    });
    project.installed();
  }
  const two = `# both\n\napi: ${node('steady.cjs')}\nworker: ${node('steady.cjs')}\n`;

  afterEach(() => project.remove());

  const endings = {
    'Ctrl-C, which signals the whole group': (one) => one.signalGroup('SIGINT'),
    'SIGHUP to the whole group': (one) => one.signalGroup('SIGHUP'),
    'SIGTERM to the launcher': (one) => one.signal('SIGTERM'),
    'SIGINT to the launcher': (one) => one.signal('SIGINT'),
  } satisfies Record<string, (one: ReturnType<typeof project.launch>) => void>;

  for (const [what, end] of Object.entries(endings)) {
    it(`ends every process on ${what}, with status 0`, async () => {
      given(two);
      const one = project.launch('start');
      await one.says(/pid=/, 2);
      end(one);
      expect(await one.ended).to.equal(0);
      expect(pids(one.output()).filter(isAlive)).to.deep.equal([]);
    });
  }

  it('ends every process on SIGTERM to npm, with status 0', async () => {
    given(two);
    const npm = project.npmStart();
    await npm.says(/pid=/, 2);
    npm.signal('SIGTERM');
    expect(await npm.ended).to.equal(0);
    expect(pids(npm.output()).filter(isAlive)).to.deep.equal([]);
  });

  it('ends every process when npm dies of a signal that it does not pass on', async () => {
    given(two);
    const npm = project.npmStart();
    await npm.says(/pid=/, 2);
    npm.signal('SIGKILL');
    await Promise.all(pids(npm.output()).map(gone));
  });

  it('ends API and worker in order when it is killed itself, and their port is free', async () => {
    given('');
    const port = await freePort();
    const database = `file:${join(project.folder, 'orders.db')}`;
    project.write('Procfile', realProcfile(`DATABASE_URL=${database} PORT=${port}`));
    const one = project.launch('start');
    await one.says(/"name":"api".*"started"/);
    await one.says(/"name":"worker".*"started"/);
    one.signal('SIGKILL');
    await Promise.all(pids(one.output()).map(gone));
    expect(await freePort(port)).to.equal(port);
  });

  it('ends the one process that runs alone when it is killed itself', async () => {
    given(`api: ${node('orphan.cjs')}\n`, {
      'orphan.cjs': `${STEADY} process.on('disconnect', stop);`,
    });
    const one = project.launch('only', 'api');
    await one.says(/pid=/);
    one.signal('SIGKILL');
    await Promise.all(pids(one.output()).map(gone));
  });

  it('ends every process when nobody reads the output any more', async () => {
    given(`${two}chatty: while sleep 0.1; do echo still here; done\n`);
    const one = project.launch('start');
    await one.says(/pid=/, 2);
    one.closeOutput();
    await one.ended;
    expect(pids(one.output()).filter(isAlive)).to.deep.equal([]);
  });

  it('leaves a process its grace when nobody reads what it writes meanwhile', async () => {
    given(`api: ${node('chatty.cjs')}\n`, { 'chatty.cjs': chatty(1200) });
    const one = project.launch('start');
    await one.says(/still here/);
    one.closeOutput();
    expect(await one.ended).to.equal(0);
    expect(readFileSync(join(project.folder, 'told'), 'utf8')).to.equal('.');
  });

  it('goes on when its output is on a disk that is full', async function () {
    if (!existsSync('/dev/full')) this.skip(); // Only Linux has one.
    given(`api: ${node('chatty.cjs')}\n`, { 'chatty.cjs': chatty(400) });
    const one = project.launchInto('/dev/full', 'start');
    await project.wrote('lines', 10);
    expect(existsSync(join(project.folder, 'told'))).to.equal(false);
    one.signal('SIGTERM');
    expect(await one.ended).to.equal(0);
    expect(readFileSync(join(project.folder, 'told'), 'utf8')).to.equal('.');
  });

  const state = () => readFileSync(join(project.folder, 'state'), 'utf8');

  it('has its processes wait for a slow reader, who then gets every line', async () => {
    given(`api: ${node('full.cjs')}\n`, { 'full.cjs': FULL });
    const one = project.launch('start');
    one.stopReading();
    await project.wrote('state', 1);
    expect(state()).to.equal('held up');
    one.readOn();
    expect(await one.ended).to.equal(0);
    const numbers = [...one.output().matchAll(/^api \| line (\d+) \.{99}$/gm)].map(([, n]) => n);
    expect(numbers).to.deep.equal(Array.from({ length: LINES }, (_, index) => `${index + 1}`));
  });

  it('stops in order although nobody reads its output, and waits for no reader', async () => {
    given(`api: ${node('full.cjs')}\n`, { 'full.cjs': FULL });
    const one = project.launch('start');
    one.stopReading();
    await project.wrote('state', 1);
    one.signal('SIGTERM');
    expect(await one.exited).to.equal(0);
    expect(state()).to.equal('stopped');
  });

  it('waits for a process that takes its time, and insists when told again', async () => {
    given(`api: ${node('stubborn.cjs')}\n`);
    const one = project.launch('start');
    await one.says(/pid=/);
    one.signal('SIGTERM');
    await one.says(/told 1/);
    const timer = setInterval(() => one.signal('SIGTERM'), 100);
    expect(await one.ended.finally(() => clearInterval(timer))).to.equal(0);
    expect(one.output()).to.match(/told 2/);
  });

  it('starts a killed process again and leaves the others alone', async () => {
    given(two);
    const one = project.launch('start');
    const [, worker] = await one.says(/^worker \| up pid=(\d+)/);
    const [, api] = await one.says(/^api {4}\| up pid=(\d+)/);
    process.kill(Number(worker), 'SIGKILL');
    const [, next] = await one.says(/^worker \| up pid=(\d+)/, 2);
    expect(next).not.to.equal(worker);
    expect(isAlive(Number(api))).to.equal(true);
    expect(one.output()).to.match(/^worker \| \(ended with SIGKILL; again in 200 ms\)$/m);
  });

  it('waits twice as long each time a process dies at once', async () => {
    given('api: exit 70\n');
    const one = project.launch('start');
    for (const [index, pause] of [200, 400, 800].entries()) {
      const [, said] = await one.says(/status 70; again in (\d+) ms/, index + 1);
      expect(Number(said)).to.equal(pause);
    }
    one.signal('SIGTERM');
    expect(await one.ended).to.equal(0);
  });

  it('ends everything with status 1 when a process says why it cannot work', async () => {
    given(`api: ${node('steady.cjs')}\nworker: sleep 0.3; echo "error: no" >&2; exit 1\n`);
    const one = project.launch('start');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.match(/^worker \| error: no$/m);
    expect(one.output().match(/error: no/g)).to.have.length(1);
    expect(pids(one.output()).filter(isAlive)).to.deep.equal([]);
  });

  it('starts a process that was up again, whatever it says when it cannot', async () => {
    given(`api: ${node('steady.cjs')}\nworker: ${node('flaky.cjs')}\n`, { 'flaky.cjs': FLAKY });
    const one = project.launch('start');
    const [, api] = await one.says(/^api {4}\| up pid=(\d+)/);
    const [, worker] = await one.says(/run 1 pid=(\d+)/);
    process.kill(Number(worker), 'SIGKILL');
    await one.says(/run 3 pid=/);
    expect(one.output()).to.match(/^worker \| error: no free connection$/m);
    expect(one.output()).to.match(/^worker \| \(ended with status 1; again in 400 ms\)$/m);
    expect(isAlive(Number(api))).to.equal(true);
  });

  it('does not wait for what a process has left behind', async () => {
    given('api: sleep 60 & echo pid=$!\n');
    const one = project.launch('start');
    expect(await one.ended).to.equal(0);
  });

  it('leaves a process down that ended with status 0, and is over with the last one', async () => {
    given(`api: sleep 0.2; echo api done\nworker: echo worker done\n`);
    const one = project.launch('start');
    expect(await one.ended).to.equal(0);
    expect(one.output()).to.match(/worker done\n(.*\n)*api {4}\| api done/);
  });

  it('shows the last words of a process, even without an end of line', async () => {
    given('api: printf last; exit 1\n');
    const one = project.launch('start');
    await one.ended;
    expect(one.output()).to.match(/^api \| last$/m);
  });

  it('runs as many of each as wanted, every one with its own port', async () => {
    given(two);
    const one = project.launch('start', 'api=2', 'worker=0');
    await one.says(/^api\.1 \| up pid=\d+ port=undefined$/);
    await one.says(/^api\.2 \| up pid=\d+ port=8001$/);
    one.signal('SIGTERM');
    expect(await one.ended).to.equal(0);
    expect(one.output()).not.to.contain('worker');
  });

  it('names every wrong argument at once and starts nothing', async () => {
    given(two);
    const one = project.launch('start', 'web=1', 'api=x', 'worker=101', 'api');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.equal(
      'error: web=1: no such process; there is api, worker\n' +
        '       api=x: must be api=N with a whole number from 0 to 100\n' +
        '       worker=101: must be worker=N with a whole number from 0 to 100\n' +
        '       api: must be api=N with a whole number from 0 to 100\n',
    );
  });

  it('says so when a line of the Procfile cannot be read', async () => {
    given('api exec x\n');
    const one = project.launch('start');
    expect(await one.ended).to.equal(1);
    expect(one.output()).to.equal('error: Procfile, line 1: not "name: command": api exec x\n');
  });

  it('runs one process alone, and passes on its status and its output as it is', async () => {
    given('api: echo "{}"; exit 7\nworker: exit 3\n');
    const one = project.launch('only', 'api');
    expect(await one.ended).to.equal(7);
    expect(one.output()).to.equal('{}\n');
  });

  it('stops the one process on SIGTERM', async () => {
    given(two);
    const one = project.launch('only', 'worker');
    const [, pid] = await one.says(/pid=(\d+)/);
    one.signal('SIGTERM');
    expect(await one.ended).to.equal(0);
    expect(isAlive(Number(pid))).to.equal(false);
  });
});

/** The project's own Procfile, for another folder and with another environment. */
function realProcfile(env: string): string {
  return readFileSync(join(ROOT, 'Procfile'), 'utf8').replaceAll(
    ': exec ',
    `: cd ${ROOT} && export ${env} && exec `,
  );
}

/** A port that was free a moment ago: any, or the given one. */
async function freePort(port = 0): Promise<number> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return address.port;
}
