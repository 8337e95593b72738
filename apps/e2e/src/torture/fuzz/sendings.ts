import fc from 'fast-check';

import type { FuzzedRequest } from './requests.ts';
import type { Sending } from './wire.ts';

/** What goes over one connection, and the requests that can be told apart in it. */
export interface FuzzedSending extends Sending {
  readonly requests: readonly FuzzedRequest[];
  /** Nothing in it is whole, so nothing may come of it. */
  readonly breaksOff: boolean;
}

const breaks = ['short', 'chunk', 'both lengths', 'two lengths', 'cut', 'flipped'] as const;
type Break = (typeof breaks)[number];

const travel = {
  cuts: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }) },
  ),
  pauseMs: fc.nat(2),
};

/** Requests one by one, several behind each other without waiting, and broken ones. */
export function sendingsOf(request: fc.Arbitrary<FuzzedRequest>): fc.Arbitrary<FuzzedSending> {
  const whole = fc
    .record({
      ...travel,
      requests: fc.oneof(
        { weight: 9, arbitrary: fc.tuple(request) },
        { weight: 1, arbitrary: fc.array(request, { minLength: 2, maxLength: 5 }).map(keptAlive) },
      ),
      until: fc.constantFrom(...(Array(19).fill('answers') as ['answers']), 'leave' as const),
    })
    .map((sending) => ({
      ...sending,
      breaksOff: false,
      methods: sending.requests.map(({ method }) => method),
      bytes: Buffer.concat(sending.requests.map(written)),
    }));
  const broken = fc
    .record({
      ...travel,
      request,
      how: fc.constantFrom(...breaks),
      place: fc.nat(),
      byte: fc.nat(255),
    })
    .map(({ cuts, pauseMs, request: one, how, place, byte }) => ({
      ...{ cuts, pauseMs, requests: [], until: 'end' as const },
      // What is left of it may be several requests.
      methods: Array(5).fill(one.method === 'HEAD' ? 'HEAD' : 'GET'),
      breaksOff:
        (how === 'short' || how === 'chunk') &&
        !isOfLines(one) &&
        one.method === 'POST' &&
        !/retry|cancel/.test(one.target),
      bytes: brokenBy(how, one, place, byte),
    }));
  const noise = fc
    .record({ ...travel, bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) })
    .map(({ bytes, ...rest }) => ({
      ...{
        ...rest,
        requests: [],
        methods: Array(5).fill('GET'),
        until: 'end' as const,
        breaksOff: true,
      },
      bytes: Buffer.from(bytes),
    }));
  return fc.oneof(
    { weight: 16, arbitrary: whole },
    { weight: 3, arbitrary: broken },
    { weight: 1, arbitrary: noise },
  );
}

/** Who asks for the end of a connection has said that nothing comes behind it. */
function keptAlive(requests: FuzzedRequest[]): FuzzedRequest[] {
  return requests.map(({ headers, ...request }) => ({
    ...request,
    headers: headers.filter(([name]) => name !== 'Connection'),
  }));
}

/** A line is an order of its own, whatever comes behind it. */
function isOfLines({ headers }: FuzzedRequest): boolean {
  return headers.some(([, value]) => value === 'application/x-ndjson');
}

function written({ method, target, headers, body, chunked }: FuzzedRequest): Buffer {
  const framing =
    body === undefined
      ? []
      : chunked
        ? [['Transfer-Encoding', 'chunked'] as const]
        : [['Content-Length', String(body.length)] as const];
  return Buffer.concat([
    head(method, target, [...headers, ...framing]),
    body === undefined ? Buffer.alloc(0) : chunked ? inChunks(body) : body,
  ]);
}

function head(method: string, target: string, headers: FuzzedRequest['headers']): Buffer {
  const lines = [['Host', 'localhost'] as const, ...headers].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
}

function inChunks(body: Buffer): Buffer {
  const half = body.length >> 1;
  const parts = [body.subarray(0, half), body.subarray(half)].filter((part) => part.length > 0);
  const sized = parts.flatMap((part) => [
    Buffer.from(`${part.length.toString(16)}\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...sized, Buffer.from('0\r\n\r\n')]);
}

function brokenBy(how: Break, request: FuzzedRequest, place: number, byte: number): Buffer {
  const { method, target, headers, body = Buffer.alloc(0) } = request;
  const withHeaders = (...more: [string, string][]) => head(method, target, [...headers, ...more]);
  const length = ['Content-Length', String(body.length)] as [string, string];
  const whole = written(request);
  switch (how) {
    case 'short':
      return Buffer.concat([
        withHeaders(['Content-Length', String(body.length + 1 + (place % 70_000))]),
        body,
      ]);
    case 'chunk':
      return Buffer.concat([
        withHeaders(['Transfer-Encoding', 'chunked']),
        Buffer.from(place % 2 === 0 ? 'fffffffffffffffff\r\n' : 'zz\r\n'),
        body,
      ]);
    case 'both lengths':
      return Buffer.concat([withHeaders(length, ['Transfer-Encoding', 'chunked']), inChunks(body)]);
    case 'two lengths':
      return Buffer.concat([
        withHeaders(length, ['Content-Length', String(body.length + 1)]),
        body,
      ]);
    case 'cut':
      return whole.subarray(0, 1 + (place % (whole.length - 1)));
    case 'flipped': {
      const changed = Buffer.from(whole);
      changed[place % changed.length] = byte;
      return changed;
    }
  }
}
