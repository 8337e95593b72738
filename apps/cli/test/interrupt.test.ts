import { EventEmitter, on, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { expect } from 'chai';

import { collectGarbage } from './garbage.ts';
import { asLines, order, run, startStandIn } from './given.ts';

describe('Ctrl-C, while the service does not answer', () => {
  let silent: Awaited<ReturnType<typeof startSilent>>;
  beforeEach(async () => {
    silent = await startSilent();
  });
  afterEach(() => silent.close());

  const orders = (...args: string[]) =>
    run(['--url', silent.url, ...args], tmpdir(), asLines([order('1'), order('2')]));
  const one = ['place', '--id', '1', '--user', 'u', '--items', 'a', '--amount', '1'];

  const ends = ['get 1', 'list', 'metrics', 'wait 1', 'watch', 'place -', 'retry --failed'];
  for (const command of ends) {
    it(`ends orders ${command}`, async () => {
      const running = orders(...command.split(' '));
      await silent.asked();
      running.interrupt();
      expect(await running).to.deep.include({ status: 130, stdout: '', stderr: '' });
    });
  }

  for (const command of [one, ['cancel', '1'], ['retry', '1']]) {
    it(`ends orders ${command[0]} of one order when it is pressed again`, async () => {
      const running = orders(...command);
      await silent.asked();
      running.interrupt();
      running.insist();
      expect(await running).to.deep.include({ status: 130, stdout: '', stderr: '' });
    });
  }

  it('ends a call that is made again', async () => {
    const running = orders('metrics');
    (await silent.asked()).writeHead(429, { 'Retry-After': '0' }).end();
    await silent.asked();
    // A copy of a request hears of a signal only as long as the request is there.
    await turnOfTheLoop();
    collectGarbage();
    running.interrupt();
    expect((await running).status).to.equal(130);
  });

  it('waits for the answer to a change', async () => {
    const running = orders(...one);
    const answer = await silent.asked();
    running.interrupt();
    answer.end('{"message":"Order placed successfully","order_id":"1"}');
    expect(await running).to.deep.include({ status: 130, stdout: '1 is placed\n' });
  });

  it('ends a search for what has failed, however many pages there are', async () => {
    const running = orders('retry', '--failed');
    const page = { data: Array(100).fill(order('1')), next_cursor: 'more' };
    for (let pages = 0; pages < 3; pages += 1) {
      const answer = await silent.asked();
      if (pages === 2) running.interrupt();
      answer.end(JSON.stringify(page));
    }
    expect(await running).to.deep.include({ status: 130, stdout: '', stderr: '' });
  });

  it('ends an import while it connects again', async () => {
    const running = orders('place', '-');
    const answer = await silent.asked();
    answer.flushHeaders();
    await once(answer.req, 'data');
    answer.write(asLines([{ index: 0, order_id: '1', status: 'rejected' }]));
    await running.lines(1);
    answer.destroy();
    await silent.asked();
    running.interrupt();
    const { status, stderr } = await running;
    expect(status).to.equal(130);
    expect(stderr).to.match(/^0 created, 0 already there, 1 refused\nInterrupted before line 2/);
  });
});

/** Takes requests and leaves it to others to answer them. */
async function startSilent() {
  const emitter = new EventEmitter();
  const requests = on(emitter, 'request');
  const { url, close } = await startStandIn((_, answer) => emitter.emit('request', answer));
  return {
    url,
    close,
    /** The answer to the next request. */
    asked: async (): Promise<ServerResponse> => (await requests.next()).value?.[0],
  };
}
