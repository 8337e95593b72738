import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { isBlank } from '@orders/contract';
import { unlessAborted } from '@orders/runtime';
import { append, nothing } from './append.ts';
import { longestOrder } from './body.ts';
import { Problem } from './problems.ts';
import { tooLarge } from './rows.ts';

const lineEnd = 0x0a;

/**
 * The lines of a stream in UTF-8, in groups of those that have arrived together, without those of
 * nothing but white space. A line that is too long or not UTF-8 becomes its problem, and the
 * stream goes on. Reads no faster than groups are taken.
 *
 * @param mostBytes - what the stream may have in all
 * @param ends - may be aborted: with a problem, or because the service is stopping
 * @throws Problem `body-too-large` when it has more, that of `ends` soon after it is aborted, and
 *   whatever ends the stream early
 */
export async function* linesOf(
  stream: Readable,
  ends: AbortSignal,
  mostBytes: number,
): AsyncGenerator<(string | Problem)[]> {
  // Destroyed, a request takes the connection with it, and with that the answer.
  const chunks = stream.iterator({ destroyOnReturn: false });
  let begun = nothing;
  let bytes = 0;
  let bytesInAll = 0;

  function add(part: Buffer): void {
    if (bytes + part.length <= longestOrder) begun = append(begun, bytes, part);
    bytes += part.length;
  }

  function takeLine(): (string | Problem)[] {
    const line = bytes > longestOrder ? tooLarge() : decode(begun.subarray(0, bytes));
    begun = nothing;
    bytes = 0;
    return line instanceof Problem || !isBlank(line) ? [line] : [];
  }

  for (;;) {
    const next = await unlessAborted(ends, chunks.next());
    if (next === undefined) {
      throw ends.reason instanceof Problem ? ends.reason : stopping();
    }
    if (next.done) break;
    const chunk: Buffer = next.value;
    bytesInAll += chunk.length;
    if (bytesInAll > mostBytes) {
      throw new Problem('body-too-large', `A body may have ${mostBytes} bytes`);
    }
    const lines: (string | Problem)[] = [];
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, from)) {
      add(chunk.subarray(from, end));
      lines.push(...takeLine());
      from = end + 1;
    }
    add(chunk.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last = takeLine();
  if (last.length > 0) yield last;
}

function stopping(): Problem {
  const detail = 'Send what has no result elsewhere, it was not accepted';
  return new Problem('stopping', detail, { headers: { 'Retry-After': '1' } });
}

function decode(line: Buffer): string | Problem {
  return isUtf8(line) ? line.toString() : new Problem('invalid-json', 'The line is not UTF-8');
}
