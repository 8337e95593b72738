import fc from 'fast-check';

import { follow, type Node } from '../../contract-check.ts';

/** What strangers send where a value is expected. */
export const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    ...['', ' ', '0', '-1', 'null', 'true', '__proto__', 'constructor', '..', '../../etc/passwd'],
    ...['%00', '\0', 'a\r\nX-Injected: 1', "' or 1=1 --", '\ud83d', 'é', '🛒', '\u202e', '\ufeff'],
    ...['x'.repeat(129), 'x'.repeat(70_000), ','.repeat(3000), '9'.repeat(400), '1e400'],
  ),
  fc.constantFrom(null, true, false, [], {}, [[]], [null], { toString: 1 }),
  fc.constantFrom(0, -0, -1, 0.1, 1.005, 1e-7, 1e21, 2 ** 53, -(2 ** 53), Number.MAX_VALUE),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values as a schema of the contract wants them, as a rule: rules between fields are not heeded. */
export function valid(document: object, schema: Node): fc.Arbitrary<unknown> {
  const { $ref, enum: values, examples, pattern, type, properties, items } = schema;
  const node = typeof $ref === 'string' ? follow(document, $ref.split('/').slice(1))?.node : null;
  if (node) return valid(document, node);
  if (Array.isArray(values)) return fc.constantFrom(...values);
  const types = [type].flat();
  if (properties) return validObject(document, schema);
  if (types.includes('array')) {
    const { minItems: minLength = 0 } = schema as { minItems?: number };
    const list = fc.array(valid(document, items as Node), { minLength, maxLength: 5 });
    return Array.isArray(examples) ? fc.oneof(list, fc.constantFrom(...examples)) : list;
  }
  const { minimum: min = -(2 ** 53) + 1, maximum: max = 2 ** 53 - 1 } = schema as Bounds;
  if (types.includes('integer')) return fc.integer({ min, max });
  if (types.includes('number')) {
    return fc.integer({ min, max }).map((whole) => (whole < max ? whole / 100 : whole));
  }
  if (types.includes('boolean')) return fc.boolean();
  // A class of Unicode's is more than can be drawn from.
  if (typeof pattern === 'string' && !pattern.includes('\\p')) {
    return fc.stringMatching(new RegExp(pattern, 'u'));
  }
  return Array.isArray(examples) ? fc.constantFrom(...examples) : fc.string({ minLength: 1 });
}

interface Bounds {
  minimum?: number;
  maximum?: number;
}

function validObject(document: object, { properties, required = [] }: Node): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties as Record<string, Node>);
  return fc.record(
    Object.fromEntries(fields.map(([name, field]) => [name, valid(document, field)])),
    { requiredKeys: required as string[], noNullPrototype: true },
  );
}

/** The same with a fault, or several. */
export function nearlyValid(document: object, schema: Node): fc.Arbitrary<unknown> {
  const fault = fc.record({
    field: fc.nat(),
    how: fc.constantFrom('drop', 'replace', 'add', 'cut'),
    name: fc.oneof(fc.constantFrom('', 'x', 'constructor', 'a~b/c%', '\ud83d'), fc.string()),
    value: odd,
  });
  return fc
    .tuple(valid(document, schema), fc.array(fault, { minLength: 1, maxLength: 3 }))
    .map(([value, faults]) => faults.reduce(withFault, value));
}

interface ValueFault {
  field: number;
  how: 'drop' | 'replace' | 'add' | 'cut';
  name: string;
  value: unknown;
}

function withFault(whole: unknown, { field, how, name, value }: ValueFault): unknown {
  if (typeof whole !== 'object' || whole === null || how === 'cut') return value;
  const entries = Object.entries(whole);
  const place = field % Math.max(1, entries.length);
  const [known] = entries[place] ?? [name];
  if (how === 'drop') entries.splice(place, 1);
  if (how === 'replace') entries[place] = [known, value];
  if (how === 'add') entries.push([name, value]);
  return Array.isArray(whole) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}
