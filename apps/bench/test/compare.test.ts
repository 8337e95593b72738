import { expect } from 'chai';

import { type Comparison, compareInTurn, Unavailable } from '../src/benchmark.ts';

describe('a comparison', () => {
  const quiet = () => {};
  const rates = { 'orders/s': 'more' } as const;

  it('measures in turn, beginning with another variant in each run', async () => {
    const order: string[] = [];
    const variant = (name: string) => async () => {
      order.push(name);
      return { 'orders/s': 1 };
    };
    const variants = { ours: variant('ours'), theirs: variant('theirs') };
    await compareInTurn({ title: 'two', figures: rates, variants }, 3, quiet);
    expect(order).to.deep.equal(['ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
  });

  it('holds ratios of medians against what was to be reached', async () => {
    const values = { ours: [100, 300, 200], theirs: [50, 60, 1000] };
    const variants: Comparison['variants'] = {
      ours: async () => ({ 'orders/s': values.ours.pop() as number }),
      theirs: async () => ({ 'orders/s': values.theirs.pop() as number }),
    };
    const target = { of: 'ours', beside: 'theirs', figure: 'orders/s' };
    const targets = [
      { ...target, atLeast: 3 },
      { ...target, atLeast: 4 },
    ];
    const result = await compareInTurn(
      { title: 'two', figures: rates, variants, targets },
      3,
      quiet,
    );
    expect(result.targets.map(({ value }) => value)).to.deep.equal([200 / 60, 200 / 60]);
    expect(result.targets.map(({ met }) => met)).to.deep.equal([true, false]);
  });

  it('leaves out what this machine does not have, and does not call its targets met', async () => {
    const variants: Comparison['variants'] = {
      ours: async () => ({ 'orders/s': 1 }),
      theirs: () => Promise.reject(new Unavailable('it is not installed')),
    };
    const targets = [{ of: 'ours', beside: 'theirs', figure: 'orders/s', atLeast: 1 }];
    const result = await compareInTurn(
      { title: 'two', figures: rates, variants, targets },
      2,
      quiet,
    );
    expect(result.variants.theirs?.unavailable).to.equal('it is not installed');
    expect(result.targets[0]).to.include({ value: null, met: null });
  });

  it('fails when a variant does', async () => {
    const variants = { ours: () => Promise.reject(new Error('1 order was lost')) };
    const failure = await compareInTurn({ title: 'one', figures: rates, variants }, 1, quiet).then(
      () => undefined,
      (error) => error.message,
    );
    expect(failure).to.equal('one: ours: 1 order was lost');
  });
});
