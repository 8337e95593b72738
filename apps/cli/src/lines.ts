import { isBlank } from '@orders/contract';

import { exit, Failure } from './failure.ts';
import type { Row } from './row.ts';

const newline = 0x0a;
/** Ten times what the service takes: whatever is longer was not meant as lines. */
const longestLine = 640 * 1024;

/**
 * The lines of a file, each one order as JSON, unread: the service says what is wrong with them.
 * Lines of nothing but white space are passed over. In groups: as many as arrived together.
 *
 * @throws Failure at a line that is longer than any order
 */
export async function* rowsOfLines(source: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  let line = 0;
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);

  function row(bytes: Buffer, end: number): Row[] {
    line += 1;
    offset += end;
    // As the service does: results are matched with rows by counting.
    if (isBlank(bytes.toString())) return [];
    return [{ line, end: offset, bytes }];
  }

  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const rows: Row[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      rows.push(...row(bytes.subarray(start, end), end + 1 - start));
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > longestLine) {
      throw new Failure(`line ${line + 1} is longer than any order; are these lines?`, exit.usage);
    }
    if (rows.length > 0) yield rows;
  }
  const last = row(rest, rest.length);
  if (last.length > 0) yield last;
}
