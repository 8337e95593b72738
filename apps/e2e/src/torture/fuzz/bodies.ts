import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';

/** A body, and what its headers say about it. */
export interface Body {
  readonly bytes: Buffer;
  readonly headers: readonly (readonly [string, string])[];
}

/** Text that should be JSON, written as few do, or not JSON at all. */
const oddTexts = [
  ...['', ' ', '\ufeff{}', '{', '{}{}', '[', '{"a":}', "{'a':1}", '{"a":1,}', 'NaN', '-', '1e400'],
  ...['null', 'true', '"x"', '[]', '\0', '{"__proto__":{"a":1}}', '"\\ud83d"', '/* */{}'],
  '{"order_id":"o1","order_id":"o2","user_id":"u","item_ids":"i","total_amount":1}',
  '{"order_id":"o3","user_id":"u","item_ids":"i","total_amount":1e400}',
  '{"order_id":"o4","user_id":"u","item_ids":"i","total_amount":-0}',
  '{"order_id":"o5","user_id":"u","item_ids":"i","total_amount":1,"__proto__":{}}',
];
const deep = fc
  .tuple(fc.constantFrom('[', '{"a":', '{"orders":[', '{"orders":[{"a":'), fc.nat(20_000))
  .map(([open, times]) => {
    const close = open.replace(/[^[{]/g, '').replaceAll('[', ']').replaceAll('{', '}');
    return `${open.repeat(times)}1${[...close].toReversed().join('').repeat(times)}`;
  });
const large = fc
  .tuple(fc.constantFrom(' ', 'x', '{"a":1},', '\n'), fc.integer({ min: 60_000, max: 90_000 }))
  .map(([unit, length]) => unit.repeat(length / unit.length));

const jsonTypes = [
  ...['application/json', 'application/json', 'application/json', 'application/json'],
  ...['application/json; charset=utf-8', 'APPLICATION/JSON;charset=UTF-8'],
];
const oddTypes = [
  ...['text/plain', 'application/xml', 'multipart/form-data; boundary=x', 'json', '', '/', ';'],
  ...['application/json; charset=utf-16', 'application/json; charset=klingon', 'application/*'],
  ...[
    'application/json, text/plain',
    'application/problem+json',
    `application/json;${'a=b;'.repeat(500)}`,
  ],
];
const oddEncodings = ['identity', 'lzw', 'gzip, gzip', '', 'compress', 'zstd'];
const compressors: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};
const bomb = gzipSync(Buffer.alloc(4 * 1024 * 1024, ' '));

/** A body around a value that the contract wants, or nearly wants. */
export function bodyOf(value: fc.Arbitrary<unknown>, isBatch: boolean): fc.Arbitrary<Body> {
  const json = value.map((one) => JSON.stringify(one) ?? '');
  const text = fc.oneof(
    { weight: 30, arbitrary: json },
    { weight: 3, arbitrary: fc.constantFrom(...oddTexts) },
    { weight: 1, arbitrary: deep },
    { weight: 1, arbitrary: large },
    { weight: 1, arbitrary: fc.json() },
  );
  const plain = fc.tuple(
    text.map((one) => Buffer.from(one)),
    fc.constantFrom(...jsonTypes),
  );
  const strange = fc.tuple(
    fc.oneof(
      text.map((one) => Buffer.from(one)),
      text.map((one) => Buffer.from(one, 'utf16le')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
    fc.constantFrom(...jsonTypes, ...oddTypes),
  );
  const typed = fc
    .oneof({ weight: 8, arbitrary: plain }, { weight: 2, arbitrary: strange })
    .map(([bytes, type]) => ({ bytes, headers: [['Content-Type', type] as const] }));
  const lines = fc
    .array(fc.oneof({ weight: 9, arbitrary: json }, fc.constantFrom(...oddTexts)), { maxLength: 8 })
    .map((all) => ({
      bytes: Buffer.from(all.join('\n')),
      headers: [['Content-Type', 'application/x-ndjson'] as const],
    }));
  const body: fc.Arbitrary<Body> = isBatch ? fc.oneof(typed, lines) : typed;
  return fc.oneof({ weight: 12, arbitrary: body }, { weight: 1, arbitrary: encoded(body) });
}

function encoded(body: fc.Arbitrary<Body>): fc.Arbitrary<Body> {
  const honest = fc.tuple(body, fc.constantFrom(...Object.keys(compressors)));
  const dishonest = fc.tuple(body, fc.constantFrom(...oddEncodings, 'gzip', 'br'));
  return fc.oneof(
    honest.map(([{ bytes, headers }, name]) => ({
      bytes: compressors[name]?.(bytes) ?? bytes,
      headers: [...headers, ['Content-Encoding', name] as const],
    })),
    dishonest.map(([{ bytes, headers }, name]) => ({
      bytes,
      headers: [...headers, ['Content-Encoding', name] as const],
    })),
    body.map(({ headers }) => ({
      bytes: bomb,
      headers: [...headers, ['Content-Encoding', 'gzip'] as const],
    })),
  );
}
