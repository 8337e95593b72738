import { expect } from 'chai';
import { asAge, asCount, asDuration, asMoment, asMoney, asOrders, asRate } from '../src/format.ts';

describe('what people read', () => {
  it('has durations in two figures that matter', () => {
    const said: [number, string][] = [
      [0, '0 ms'],
      [0.006, '6 ms'],
      [0.9996, '1.0 s'],
      [1.961, '2.0 s'],
      [9.96, '10 s'],
      [59.6, '1 min'],
      [252, '4 min 12 s'],
      [3600, '1 h'],
      [11_100, '3 h 5 min'],
      [187_200, '2 d 4 h'],
    ];
    for (const [seconds, text] of said) expect(asDuration(seconds)).to.equal(text);
  });

  it('counts an age in whole seconds, and never below none', () => {
    expect([-0.4, 0.9, 59.9, 60].map(asAge)).to.deep.equal(['0 s', '0 s', '59 s', '1 min']);
  });

  it('has thousands, one order and several', () => {
    expect(asCount(1_234_567)).to.equal('1,234,567');
    expect([0, 1, 2].map(asOrders)).to.deep.equal(['0 orders', '1 order', '2 orders']);
  });

  it('has rates with a tenth as long as it matters', () => {
    expect([0, 0.4, 2.55, 9.96, 1234.4].map(asRate)).to.deep.equal([
      ...['0', '0.4', '2.5', '10', '1,234'],
    ]);
  });

  it('has amounts with the decimals of their currency', () => {
    expect(asMoney(34.8, 'USD')).to.equal('$34.80');
    expect(asMoney(3480, 'JPY')).to.equal('¥3,480');
    expect(asMoney(1.5, 'not a code')).to.equal('not a code 1.5');
  });

  it('rounds no amount, whatever decimals are customary', () => {
    const said: [number, string, string][] = [
      [10.25, 'COP', 'COP 10.25'],
      [1.234, 'IQD', 'IQD 1.234'],
      [99.99, 'ALL', 'ALL 99.99'],
      [10.25, 'HUF', 'HUF 10.25'],
      [0.0001, 'CLF', 'CLF 0.0001'],
      [1.2345, 'not a code', 'not a code 1.2345'],
    ];
    for (const [amount, currency, text] of said) {
      // The space behind a code is one that does not break.
      expect(asMoney(amount, currency).replace('\u00a0', ' ')).to.equal(text);
    }
  });

  it('names the day only of another day', () => {
    const noon = new Date(2026, 0, 5, 12, 30, 5);
    expect(asMoment(noon.toISOString(), noon.getTime() + 3_600_000)).to.equal('12:30:05');
    expect(asMoment(noon.toISOString(), noon.getTime() + 86_400_000)).to.equal('5 Jan, 12:30');
  });
});
