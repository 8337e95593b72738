import { loadContract } from '@orders/contract';
import { expect } from 'chai';
import { accessOf, missingScopes } from '../../src/auth/access.ts';

describe('who may do what', () => {
  it('is said in the contract of every single operation', () => {
    for (const [path, item] of Object.entries(loadContract().document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const access = accessOf(operation);
        expect(operation.security, `${method} ${path}`).to.be.an('array');
        expect(access, `${method} ${path}`).to.not.deep.equal([]);
      }
    }
  });

  it('is nobody, where nothing is said, or no scope', () => {
    const all = new Set(['orders:write', 'orders:read', 'orders:admin', 'metrics:read']);
    for (const security of [undefined, [{}], [{ bearer: [] }], [{ other: ['orders:read'] }]]) {
      expect(missingScopes(accessOf(security ? { security } : {}), all)).to.deep.equal([]);
    }
  });

  it('is everybody, where it says that nothing is asked for', () => {
    expect(accessOf({ security: [] })).to.equal('open');
    expect(missingScopes('open', new Set())).to.equal(undefined);
  });

  it('is who has one of the sets of scopes, and all of that', () => {
    const access = accessOf({ security: [{ bearer: ['a', 'b'] }, { bearer: ['c'] }] });
    expect(missingScopes(access, new Set(['a', 'b']))).to.equal(undefined);
    expect(missingScopes(access, new Set(['c', 'd']))).to.equal(undefined);
    expect(missingScopes(access, new Set(['a', 'd']))).to.deep.equal(['a', 'b']);
  });
});
