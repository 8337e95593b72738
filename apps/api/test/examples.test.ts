import { createRequire } from 'node:module';
import { formats, loadContract } from '@orders/contract';
import { expect } from 'chai';

// The very Ajv that the validator of requests uses.
const ofValidator = createRequire(
  createRequire(import.meta.url).resolve('express-openapi-validator'),
);
const { default: Ajv } = ofValidator('ajv/dist/2020');
const { default: addFormats } = ofValidator('ajv-formats');

type Node = Record<string, unknown>;

describe('the contract', () => {
  const { document } = loadContract();
  const ajv = new Ajv({ strict: false, formats });
  addFormats(ajv);
  ajv.addSchema(document, 'contract');

  let count = 0;
  for (const [path, value] of examplesIn(document as unknown as Node, '')) {
    count += 1;
    it(`keeps its own rules in the example at ${path.value}`, () => {
      const validate = ajv.compile({ $ref: `contract#${path.schema}` });
      expect(validate(value), JSON.stringify(validate.errors)).to.equal(true);
    });
  }

  it('has examples', () => {
    expect(count).to.be.above(40);
  });
});

/** Every example, with the place of the schema it belongs to. */
function* examplesIn(
  node: Node,
  at: string,
): Generator<[{ value: string; schema: string }, unknown]> {
  // In a schema itself, or beside one: in a media type, a parameter or a header.
  const isSchema = at.includes('/schemas/') || /\/schema(\/|$)/.test(at);
  const schema = isSchema ? at : `${at}/schema`;
  const { example, examples } = node;
  if (example !== undefined) yield [{ value: `${at}/example`, schema }, example];
  for (const [key, one] of Object.entries((examples ?? {}) as Record<string, unknown>)) {
    const value = isSchema ? one : (one as Node).value;
    yield [{ value: `${at}/examples/${key}`, schema }, value];
  }
  for (const [key, child] of Object.entries(node)) {
    if (key === 'example' || key === 'examples') continue;
    if (typeof child !== 'object' || child === null) continue;
    const step = encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
    yield* examplesIn(child as Node, `${at}/${step}`);
  }
}
