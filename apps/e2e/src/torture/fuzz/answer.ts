import type { SeenAnswer } from '../../contract-check.ts';

/**
 * Reads the first answer of what has come over a connection (RFC 9112). A stream of events counts
 * as whole with its first one; an interim answer is passed over, and so comes without an `answer`.
 *
 * @param method - of the request: HEAD is answered without a body
 * @param isAll - nothing comes behind these bytes
 * @returns undefined while it is not there as a whole
 * @throws Error when this is no HTTP
 */
export function readAnswer(
  bytes: Buffer,
  method: string,
  isAll: boolean,
): { length: number; answer?: SeenAnswer } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) /.exec(first)?.[1]);
  if (Number.isNaN(status)) throw new Error(`this is no answer: ${first}`);
  if (status < 200) return { length: headEnd + 4 };
  const headers = new Map(lines.map((line) => headerOf(line)));
  const header = (name: string) => headers.get(name.toLowerCase()) ?? null;
  const found = bodyOf(bytes.subarray(headEnd + 4), { status, method, header, isAll });
  if (found === undefined) return undefined;
  const answer = { status, header, text: found.body.toString() };
  return { length: headEnd + 4 + found.length, answer };
}

function headerOf(line: string): [string, string] {
  const colon = line.indexOf(':');
  if (colon < 1) throw new Error(`this is no header: ${line}`);
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

interface Head {
  status: number;
  method: string;
  header: SeenAnswer['header'];
  isAll: boolean;
}

function bodyOf(bytes: Buffer, { status, method, header, isAll }: Head) {
  if (method === 'HEAD' || status === 204 || status === 304) {
    return { body: Buffer.alloc(0), length: 0 };
  }
  const length = header('Content-Length');
  if (length !== null) {
    if (bytes.length < Number(length)) return undefined;
    return { body: bytes.subarray(0, Number(length)), length: Number(length) };
  }
  const isStream = header('Content-Type')?.startsWith('text/event-stream') ?? false;
  if (header('Transfer-Encoding') === 'chunked') return chunksOf(bytes, isStream);
  return isAll ? { body: bytes, length: bytes.length } : undefined;
}

function chunksOf(bytes: Buffer, firstOnly: boolean) {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (!(bytes.length >= next)) return undefined;
    chunks.push(bytes.subarray(lineEnd + 2, next - 2));
    // Whatever else has come of a stream is of the stream: no answer comes behind it.
    if (firstOnly) return { body: Buffer.concat(chunks), length: bytes.length };
    if (size === 0) return { body: Buffer.concat(chunks), length: next };
    at = next;
  }
}
