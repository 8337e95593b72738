import type { ContractDocument } from '@orders/contract';
import fc from 'fast-check';

import { follow, type Node } from '../../contract-check.ts';
import { type Body, bodyOf } from './bodies.ts';
import { nearlyValid, odd, valid } from './values.ts';

/** A request that can be told from what stands before and behind it. */
export interface FuzzedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
  readonly chunked: boolean;
}

/** Few, so that orders are met again: taken, cancelled, retried. */
const knownIds = Array.from({ length: 40 }, (_, i) => `o${i}`);
const oddMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];
const oddTargets = [
  ...['/', '//', '/order', '/ORDER/', '/order//', '/order/%', '/order/%zz', '/order/%00', '*'],
  ...['/order/%c0%ae%c0%ae/', '/order/../metrics/', '/order/%2e%2e/x', '/order/a%2Fb/events'],
  ...['/order/%62atch', '/order/batch/', '/docs/../../package.json', '/docs/%2e%2e/package.json'],
  ...['/docs/swagger-ui.css', '/docs/%00', '/.env', '/problems/__proto__', '/problems/toString'],
  ...['/problems/%F0%9F%9B%92', '/metrics?', '/metrics/prometheus', '/metrics/?#', '/events#x'],
  ...['http://127.0.0.1:1/livez', 'http://', 'http://[::1', 'x:y', '?', '/order/;/', '/\\'],
  `/order/${'x'.repeat(9000)}`,
];
const oddHeaders: (readonly [string, string])[] = [
  ['Accept', 'text/event-stream'],
  ['Accept', 'text/html;q=0.5, */*;q=x'],
  ['Accept', `${'a/b,'.repeat(1000)}`],
  ['Accept-Encoding', 'gzip;q=1, br'],
  ['Connection', 'close'],
  ['Connection', 'Upgrade, HTTP2-Settings'],
  ['Upgrade', 'h2c'],
  ['Cookie', '__proto__=1; a=b'],
  ['Expect', '100-continue'],
  ['Expect', 'the-impossible'],
  ['Host', 'elsewhere'],
  ['Host', ''],
  ['If-None-Match', '*'],
  ['If-None-Match', 'W/"a", "b'],
  ['If-None-Match', ','.repeat(4000)],
  ['Last-Event-ID', '-1'],
  ['Last-Event-ID', '9007199254740993'],
  ['Origin', 'null'],
  ['Prefer', 'wait=0'],
  ['Prefer', 'wait="0'],
  ['Prefer', `wait=${'9'.repeat(300)}x`],
  ['Range', 'bytes=0-1'],
  ['TE', 'trailers'],
  ['Trailer', 'X-Request-Id'],
  ['X-Request-Id', 'mine-1'],
  ['X-Request-Id', '\xe9'],
  ['X-Request-Id', 'x'.repeat(129)],
  ['X-HTTP-Method-Override', 'DELETE'],
  ['X-Forwarded-For', '::1, not an address'],
  ['X-Odd', '\t\xff\xfe'],
  ['X-Long', 'x'.repeat(6000)],
  ['__proto__', 'x'],
  ['constructor', 'x'],
];

/** Requests for every operation of the contract, as it wants them and nearly so, and for none. */
export function requestsOf(document: ContractDocument): fc.Arbitrary<FuzzedRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => requestOf(document, path, method)),
  );
  const known = fc.oneof(...operations);
  const strange = fc
    .tuple(known, fc.constantFrom(...oddMethods), fc.constantFrom(...oddTargets), fc.nat(2))
    .map(([request, method, target, which]) => ({
      ...request,
      ...(which !== 1 && { method, body: hasNoBody(method) ? undefined : request.body }),
      ...(which !== 0 && { target }),
    }));
  return fc.oneof({ weight: 8, arbitrary: known }, { weight: 2, arbitrary: strange });
}

const hasNoBody = (method: string) => method === 'GET' || method === 'HEAD';

function requestOf(
  document: ContractDocument,
  path: string,
  method: string,
): fc.Arbitrary<FuzzedRequest> {
  const operation = follow(document, ['paths', path, method])?.node ?? {};
  const parameters = (operation.parameters ?? []) as unknown[];
  const resolved = parameters.map(
    (_, i) =>
      follow(document, ['paths', path, method, 'parameters', String(i)])
        ?.node as unknown as Parameter,
  );
  const named = (where: string) => resolved.filter((parameter) => parameter.in === where);
  const body = operation.requestBody as { content: Record<string, { schema: Node }> } | undefined;
  const schema = body?.content['application/json']?.schema;
  const value =
    schema &&
    fc.oneof(
      { weight: 5, arbitrary: withKnownId(valid(document, schema)) },
      { weight: 4, arbitrary: nearlyValid(document, schema) },
    );
  const bodies = value === undefined ? nothing : bodyOf(value, path.endsWith('/batch'));
  return fc
    .record({
      method: fc.constantFrom(...(method === 'get' ? ['GET', 'GET', 'HEAD'] : ['POST'])),
      target: targetOf(document, path, named('path'), named('query')),
      headers: headersOf(document, named('header')),
      body: bodies,
      chunked: fc.boolean(),
    })
    .map(({ body: sent, headers, ...request }) => ({
      ...request,
      headers: [...(sent?.headers ?? []), ...headers],
      body: sent?.bytes,
    }));
}

const nothing: fc.Arbitrary<Body | undefined> = fc.constant(undefined);

type Pair = [name: string, value: unknown];

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly schema: Node;
}

/** Half of the orders under an id that may be taken by then. */
function withKnownId(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(value, fc.constantFrom(...knownIds), fc.boolean()).map(([one, id, known]) => {
    const isOrder = typeof one === 'object' && one !== null && 'order_id' in one;
    return isOrder && known ? { ...one, order_id: id } : one;
  });
}

function targetOf(
  document: object,
  path: string,
  inPath: readonly Parameter[],
  inQuery: readonly Parameter[],
): fc.Arbitrary<string> {
  const values = inPath.map(({ schema }) =>
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...knownIds).map(String) },
      { weight: 1, arbitrary: valid(document, schema).map((one) => encode(one)) },
      { weight: 1, arbitrary: odd.map((one) => encode(one).slice(0, 6000)) },
    ),
  );
  const pairs = inQuery.map(({ name, schema }) =>
    fc
      .oneof({ weight: 4, arbitrary: valid(document, schema) }, { weight: 1, arbitrary: odd })
      // Whoever waits is answered when it is over: nobody here has that time.
      .map((one): Pair => [name, name === 'wait' && Number(textOf(one)) > 0 ? 0 : one]),
  );
  const strange: fc.Arbitrary<Pair> = fc.tuple(
    fc.constantFrom('a', '__proto__', 'limit', 'limit[]', 'a[b][c]', 'after', '', 'cursor'),
    odd,
  );
  const query: fc.Arbitrary<(Pair | undefined)[]> = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(...pairs.map((pair) => fc.option(pair, { nil: undefined }))) },
    { weight: 1, arbitrary: fc.array(fc.oneof(...pairs, strange), { maxLength: 6 }) },
  );
  return fc.tuple(fc.tuple(...values), query, fc.nat(5)).map(([filled, all, slash]) => {
    let target = filled.reduce((text, value) => text.replace(/\{\w+\}/, () => value), path);
    if (slash === 0) target = target.endsWith('/') ? target.slice(0, -1) || '/' : `${target}/`;
    const given = all.filter((pair) => pair !== undefined);
    const asked = given.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
    return (asked === '' ? target : `${target}?${asked}`).slice(0, 12_000);
  });
}

function headersOf(document: object, known: readonly Parameter[]) {
  const pairs = known.map(({ name, schema }) =>
    fc
      .oneof({ weight: 4, arbitrary: valid(document, schema) }, { weight: 1, arbitrary: odd })
      .map((one) => [name, asField(one)] as const),
  );
  const some =
    pairs.length === 0 ? fc.constant([]) : fc.array(fc.oneof(...pairs), { maxLength: 2 });
  const strange = fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.constantFrom(...oddHeaders), { maxLength: 3 }) },
  );
  return fc.tuple(some, strange).map(([first, second]) => [...first, ...second]);
}

function encode(value: unknown): string {
  return encodeURIComponent(textOf(value).toWellFormed());
}

/** What may stand in a header: no control characters, one byte each. */
function asField(value: unknown): string {
  const text = Buffer.from(textOf(value)).toString('latin1');
  return text
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, 4000);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
