import type { Claim } from '@orders/db';
import { expect } from 'chai';

import { createHands } from '../src/hands.ts';

describe('the hands of a worker', () => {
  const claimOf = (seq: number, attempt = 1) =>
    ({
      order: { seq, attempts: attempt },
      attempt,
      worker: 'w',
      crashes: 0,
      alone: false,
    }) as Claim;
  const policy = { maxAttempts: 1, retryBackoffMs: 0 };
  const claims = Array.from({ length: 100_000 }, (_, seq) => claimOf(seq));

  it('tell at once which of a hundred thousand claims they do not know', () => {
    const hands = createHands(
      () => new Promise(() => {}),
      policy,
      () => {},
    );
    for (const claim of claims.slice(0, -2)) hands.start(claim);
    hands.put([{ claim: claims.at(-2) as Claim, result: 'completed' }]);
    const again = claimOf(7, 2);
    const began = performance.now();
    // As the database tells of them: the same claims, not the same objects.
    const unknown = hands.unknownOf([...claims.map((claim) => ({ ...claim })), again]);
    expect(performance.now() - began).to.be.below(1000);
    expect(unknown).to.deep.equal([claims.at(-1), again]);
  });
});
