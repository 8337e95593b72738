import { expect } from 'chai';

import { parseDuration } from '../src/duration.ts';

describe('a duration in the command line', () => {
  it('is a whole number of milliseconds, as every time in the database', () => {
    const durations = ['90d', '1.1h', '1.001s', '0.5ms', '99999999999999999d'].map(parseDuration);
    expect(durations).to.deep.equal([
      ...[7_776_000_000, 3_960_000, 1001, 1],
      Number.MAX_SAFE_INTEGER,
    ]);
  });
});
