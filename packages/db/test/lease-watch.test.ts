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
  /** Looks on for a while, by a wall clock that stands at `now`, and finds nobody dead. */
  function nobodyDiesIn(ms: number, now: number, rows = [lease], self?: string): void {
    for (let left = ms; left > 0; left -= 2500) {
      monotonic += Math.min(left, 2500);
      expect(watch.judge(rows, now, self).dead).to.deep.equal([]);
    }
  }

  it('finds a worker dead the moment its lease has run out, when it was watched', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    nobodyDiesIn(14_999, 1_000_000);
    expect(watch.judge([lease], 1_014_999)).to.deep.equal({ dead: [], nextInMs: 1 });
    monotonic += 1;
    expect(isDead(lease, 1_015_000)).to.equal(true);
  });

  it('wants to look twice in a third of the lease', () => {
    expect(watch.judge([lease], 1_000_000)).to.deep.equal({ dead: [], nextInMs: 2500 });
    const short = { worker: 'own', alive_until: 1_000_600, lease_ms: 600 };
    expect(watch.judge([lease, short], 1_000_000, 'own').nextInMs).to.equal(100);
  });

  it('gives a worker that it has not watched the time for a renewal', () => {
    expect(isDead(lease, 9_000_000)).to.equal(false);
    nobodyDiesIn(7_499, 9_007_499);
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

  it('counts no time in which it could not look, or stood still', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    monotonic += 60_000;
    expect(isDead(lease, 1_060_000)).to.equal(false);
    nobodyDiesIn(7_499, 1_067_499);
    monotonic += 1;
    expect(isDead(lease, 1_067_500), 'it really is dead').to.equal(true);
  });

  it('counts no time in which the one who looks could not renew its own lease', () => {
    const own = (alive_until: number) => ({ ...lease, worker: 'own', alive_until });
    watch.judge([own(1_015_000), lease], 1_000_000, 'own');
    nobodyDiesIn(60_000, 1_060_000, [own(1_015_000), lease], 'own');
    watch.judge([own(1_075_000), lease], 1_060_000, 'own');
    nobodyDiesIn(5_000, 1_065_000, [own(1_075_000), lease], 'own');
    nobodyDiesIn(2_499, 1_067_499, [own(1_080_000), lease], 'own');
    monotonic += 1;
    const { dead } = watch.judge([own(1_080_000), lease], 1_067_500, 'own');
    expect(dead, 'it really is dead').to.deep.equal([lease]);
  });

  it('finds nobody dead for one who has lost its own lease', () => {
    expect(watch.judge([lease], 1_000_000, 'gone').dead).to.deep.equal([]);
    nobodyDiesIn(20_000, 1_020_000, [lease], 'gone');
  });

  it('finds a worker dead after a whole lease though the clock was set back', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    nobodyDiesIn(14_999, -2_600_000);
    monotonic += 1;
    expect(isDead(lease, -2_600_000)).to.equal(true);
  });

  it('begins anew with each renewal, and forgets who is gone', () => {
    expect(isDead(lease, 1_000_000)).to.equal(false);
    nobodyDiesIn(14_000, 1_000_000);
    expect(isDead(renewed, 1_014_000)).to.equal(false);
    nobodyDiesIn(14_000, 1_000_000, [renewed]);
    expect(isDead(renewed, 1_000_000)).to.equal(false);
    watch.judge([], 1_000_000);
    expect(isDead(renewed, 9_000_000)).to.equal(false);
  });
});
