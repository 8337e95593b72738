import { expect } from 'chai';

import { createLeaseWatch } from '../src/lease-watch.ts';

const lease = { worker: 'w', alive_until: 1_015_000, lease_ms: 15_000 };
const renewed = { ...lease, alive_until: 1_020_000 };

describe('the watch on leases', () => {
  let monotonic: number;
  let watch: ReturnType<typeof createLeaseWatch>;
  beforeEach(() => {
    monotonic = 500;
    watch = createLeaseWatch(() => monotonic);
  });
  const isDead = (row: typeof lease, now: number) => watch.judge([row], now).dead.length === 1;

  it('finds a worker dead the moment its lease has run out, when it was watched', () => {
    expect(watch.judge([lease], 1_000_000)).to.deep.equal({ dead: [], nextInMs: 15_000 });
    monotonic += 14_999;
    expect(watch.judge([lease], 1_014_999)).to.deep.equal({ dead: [], nextInMs: 1 });
    monotonic += 1;
    expect(isDead(lease, 1_015_000)).to.equal(true);
  });

  it('gives a worker that it has not watched the time for a renewal', () => {
    expect(watch.judge([lease], 9_000_000)).to.deep.equal({ dead: [], nextInMs: 7_500 });
    monotonic += 7_499;
    expect(isDead(lease, 9_007_499)).to.equal(false);
    monotonic += 1;
    expect(isDead(lease, 9_007_500)).to.equal(true);
  });

  it('lets everybody live through a suspension, or a clock set forward', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    // An hour by the wall clock, nothing by the one that stood still.
    expect(isDead(lease, 4_600_000)).to.equal(false);
    monotonic += 5_000;
    expect(isDead({ ...lease, alive_until: 4_620_000 }, 4_605_000)).to.equal(false);
  });

  it('finds a worker dead after a whole lease though the clock was set back', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    monotonic += 14_999;
    expect(isDead(lease, -2_600_000)).to.equal(false);
    monotonic += 1;
    expect(isDead(lease, -2_600_000)).to.equal(true);
  });

  it('begins anew with each renewal, and forgets who is gone', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    monotonic += 14_000;
    expect(isDead(renewed, 1_014_000)).to.equal(false);
    monotonic += 14_000;
    expect(isDead(renewed, 1_000_000)).to.equal(false);
    watch.judge([], 1_000_000);
    expect(isDead(renewed, 9_000_000)).to.equal(false);
  });
});
