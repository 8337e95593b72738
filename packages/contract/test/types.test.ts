import { expect } from 'chai';
import { committedTypes, generateTypes } from '../src/generate.ts';

describe('the generated types', () => {
  it('are those of openapi.yaml as it stands', async () => {
    expect(await committedTypes()).to.equal(await generateTypes());
  });
});
