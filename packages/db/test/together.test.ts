import { expect } from 'chai';

import { together } from '../src/statement.ts';

const pipelining = { pipelines: true };
const waiting = { pipelines: false };

describe('calls that are made together', () => {
  it('travel in their order, none waiting for the answer to another', async () => {
    const calls = given();
    const made = together(pipelining, ...calls.all);
    expect(calls.begun).to.deep.equal([0, 1, 2]);
    for (const end of [2, 0, 1]) calls.end(end);
    expect(await made).to.deep.equal(['answer 0', 'answer 1', 'answer 2']);
  });

  it('tell the error of the first that fails, whichever is heard of first', async () => {
    const calls = given();
    const made = together(pipelining, ...calls.all);
    calls.fail(2);
    calls.fail(1);
    calls.end(0);
    expect(await made.catch((error) => error.message)).to.equal('error 1');
  });

  it('wait for each other where statements do, and end with the first that fails', async () => {
    const calls = given();
    const made = together(waiting, ...calls.all);
    expect(calls.begun).to.deep.equal([0]);
    calls.end(0);
    calls.fail(1);
    expect(await made.catch((error) => error.message)).to.equal('error 1');
    expect(calls.begun).to.deep.equal([0, 1]);
  });
});

/** Three calls that end when they are told to. */
function given() {
  const begun: number[] = [];
  const promised = [0, 1, 2].map(() => Promise.withResolvers<string>());
  for (const { promise } of promised) promise.catch(() => {});
  return {
    begun,
    all: promised.map(({ promise }, i) => () => {
      begun.push(i);
      return promise;
    }),
    end: (i: number) => promised[i]?.resolve(`answer ${i}`),
    fail: (i: number) => promised[i]?.reject(new Error(`error ${i}`)),
  };
}
