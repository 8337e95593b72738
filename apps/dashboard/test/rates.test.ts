import { expect } from 'chai';
import { createRates, type Drawn, smoothed, windowSeconds } from '../src/feed/rates.ts';
import { inWords } from '../src/format.ts';
import { begin, event } from './events.ts';

describe('what the chart draws', () => {
  const at = (second: number) => begin + second * 1000;
  /** The last few seconds of a line. */
  const end = (line: (number | null)[], count: number) => line.slice(-count);
  const known = () => {
    const rates = createRates();
    rates.knowSince(0);
    return rates;
  };

  it('is what happened in each whole second of the last five minutes', () => {
    const rates = known();
    rates.add([
      event('placed', 0.1),
      event('placed', 0.9),
      event('completed', 1),
      event('failed', 2),
    ]);
    const drawn = rates.until(at(2.5));
    expect(drawn.seconds).to.have.length(windowSeconds);
    expect(drawn.seconds.at(-1)).to.equal(begin / 1000 + 1);
    expect(end(drawn.placed, 3)).to.deep.equal([0, 2, 0]);
    expect(end(drawn.completed, 3)).to.deep.equal([0, 0, 1]);
    expect(end(drawn.failed, 3)).to.deep.equal([0, 0, 0]);
    expect(end(rates.until(at(3)).failed, 1)).to.deep.equal([1]);
  });

  it('is nothing where nothing is known, and not zero', () => {
    const rates = createRates();
    rates.add([event('placed', 0.5), event('placed', 1.5), event('placed', 2.5)]);
    expect(end(rates.until(at(3)).placed, 3)).to.deep.equal([null, null, null]);
    rates.knowSince(at(0.5));
    expect(end(rates.until(at(3)).placed, 3)).to.deep.equal([null, 1, 1]);
  });

  it('counts waiting orders on from where somebody looked, and back', () => {
    const rates = known();
    rates.add([event('placed', 0), event('placed', 1), event('started', 2), event('placed', 3)]);
    rates.noteWaiting(at(3.5), 12);
    rates.add([event('placed', 3.6), event('started', 4), event('attempt_failed', 4)]);
    rates.add([event('started', 5), event('completed', 5)]);
    expect(end(rates.until(at(6)).waiting, 7)).to.deep.equal([10, 11, 12, 11, 13, 13, 12]);
  });

  it('knows of the past as soon as somebody has looked', () => {
    const rates = known();
    rates.add([event('placed', 1), event('placed', 2.1)]);
    rates.noteWaiting(at(2.2), 5);
    expect(end(rates.until(at(2.3)).waiting, 3)).to.deep.equal([3, 3, 4]);
  });

  it('takes an order off the queue that was cancelled there, and none that was in hand', () => {
    const rates = known();
    rates.noteWaiting(at(0), 5);
    rates.add([event('cancelled', 1), event('cancelled', 2, { worker: 'w' }), event('retried', 3)]);
    expect(end(rates.until(at(4)).waiting, 4)).to.deep.equal([5, 4, 4, 5]);
  });

  it('does not guess how many waited before what it knows', () => {
    const rates = createRates();
    rates.knowSince(at(2));
    rates.noteWaiting(at(4), 3);
    expect(end(rates.until(at(5)).waiting, 4)).to.deep.equal([null, 3, 3, 3]);
    expect(end(createRates().until(at(5)).waiting, 1)).to.deep.equal([null]);
  });

  it('does not count on from who looked before it knows what happened', () => {
    const rates = createRates();
    rates.noteWaiting(at(0), 3);
    expect(end(rates.until(at(5)).waiting, 5)).to.deep.equal([null, null, null, null, null]);
    rates.knowSince(at(2));
    rates.add([event('placed', 3)]);
    expect(end(rates.until(at(5)).waiting, 5)).to.deep.equal([null, null, null, null, null]);
    rates.noteWaiting(at(4), 7);
    expect(end(rates.until(at(5)).waiting, 5)).to.deep.equal([null, null, 6, 7, 7]);
  });

  it('is said in words, also of how much it is known', () => {
    const rates = createRates();
    rates.add([event('placed', 0.5), event('placed', 1.5), event('completed', 2.5)]);
    expect(inWords(rates.until(at(3)))).to.equal('What happened is not known.');
    rates.knowSince(at(0.5));
    expect(inWords(rates.until(at(3)))).to.equal(
      'Known of 2.0 s: 1 order placed, 1 completed, 0 failed.',
    );
    rates.knowSince(0);
    expect(inWords(rates.until(at(3)))).to.equal('2 orders placed, 1 completed, 0 failed.');
  });

  it('is averaged over a few seconds, as far as they are known', () => {
    expect(smoothed([null, 4, 0, 2, 0, 0], 3)).to.deep.equal([null, 4, 2, 2, 2 / 3, 2 / 3]);
  });

  it('costs the same after a hundred thousand events as after one', () => {
    const rates = known();
    const many = Array.from({ length: 1000 }, (_, i) => event('placed', i / 1000));
    for (let round = 0; round < 100; round += 1) rates.add(many);
    const drawn: Drawn = rates.until(at(1));
    expect(drawn.seconds).to.have.length(windowSeconds);
    expect(drawn.placed.at(-1)).to.equal(100_000);
  });

  it('forgets what is long past, and counts late events into their second', () => {
    const rates = known();
    rates.add([event('placed', 0), event('placed', 100), event('placed', 99)]);
    expect(end(rates.until(at(101)).placed, 2)).to.deep.equal([1, 1]);
    rates.add([event('placed', 10_000), event('placed', 100)]);
    expect(rates.until(at(101)).placed.at(-1)).to.equal(0);
  });

  it('has nothing left of a feed that is another one now', () => {
    const rates = known();
    rates.add([event('placed', 1)]);
    rates.noteWaiting(at(1), 5);
    rates.forget();
    expect(inWords(rates.until(at(3)))).to.equal('What happened is not known.');
    rates.knowSince(0);
    rates.add([event('placed', 2)]);
    const { placed, waiting } = rates.until(at(3));
    expect([end(placed, 2), end(waiting, 1)]).to.deep.equal([[0, 1], [null]]);
  });
});
