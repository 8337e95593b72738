import { expect } from 'chai';
import fc from 'fast-check';

import { bucketOf, quantile, upperBound } from '../src/histogram.ts';

describe('the histogram', () => {
  it('puts every duration into the bucket whose bounds hold it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 2 ** 42 }), (ms) => {
        const bucket = bucketOf(ms);
        expect(ms).to.be.at.most(upperBound(bucket) * (1 + 1e-9));
        expect(ms).to.be.above(upperBound(bucket - 1) * (1 - 1e-9));
      }),
    );
    expect([0, 1, 2, 4, 1024].map(bucketOf)).to.deep.equal([0, 0, 8, 16, 80]);
  });

  it('knows quantiles to within 4.5 %', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 10_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (values, q) => {
          const exact = values.toSorted((a, b) => a - b)[
            Math.ceil(q * values.length) - 1
          ] as number;
          const buckets = values.map((ms) => ({ bucket: bucketOf(ms), orders: 1 }));
          expect(quantile(buckets, q) / exact).to.be.within(0.955, 1.045);
        },
      ),
    );
  });

  it('says 0 where there is nothing, or less than a millisecond', () => {
    expect(quantile([], 0.5)).to.equal(0);
    expect(quantile([{ bucket: 0, orders: 3 }], 0.99)).to.equal(0);
  });
});
