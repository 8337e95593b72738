import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createRefresh } from '../src/refresh.ts';

describe('reading figures again', () => {
  /** Work that is done when the test says so. */
  function given(restMs: number) {
    const begun = { times: 0 };
    let settle: PromiseWithResolvers<void>;
    let next = Promise.withResolvers<void>();
    const refresh = createRefresh(() => {
      begun.times += 1;
      settle = Promise.withResolvers();
      next.resolve();
      next = Promise.withResolvers();
      return settle.promise;
    }, restMs);
    return {
      refresh,
      begun,
      nextBegin: () => next.promise,
      done: () => settle.resolve(),
      fail: () => settle.reject(new Error('no')),
    };
  }

  it('happens at once, and then no more often than was agreed, whatever the reasons', async () => {
    const { refresh, begun, nextBegin, done } = given(30);
    const began = performance.now();
    for (let i = 0; i < 100; i += 1) refresh.now();
    expect(begun.times).to.equal(1);
    const second = nextBegin();
    done();
    await second;
    // Clocks of timers count whole milliseconds.
    expect(performance.now() - began).to.be.at.least(28);
    expect(begun.times).to.equal(2);
    refresh.stop();
  });

  it('happens once more when there was a reason meanwhile, and never without one', async () => {
    const { refresh, begun, nextBegin, done } = given(0);
    refresh.now();
    refresh.now();
    const second = nextBegin();
    done();
    await second;
    done();
    await sleep(20);
    expect(begun.times).to.equal(2);
    refresh.stop();
  });

  it('waits longer for the next reason after a failure', async () => {
    const { refresh, begun, nextBegin, done, fail } = given(20);
    const began = performance.now();
    refresh.now();
    fail();
    await sleep(30);
    expect(begun.times).to.equal(1);
    const second = nextBegin();
    refresh.now();
    await second;
    expect(performance.now() - began).to.be.at.least(38);
    done();
    expect(begun.times).to.equal(2);
    refresh.stop();
  });
});
