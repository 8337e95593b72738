import { unlessAborted } from '@orders/runtime';

import type { Row } from './row.ts';

/** Rows that are read one group after the other. */
export interface RowSource {
  /**
   * The next group; undefined at the end, or when `ends` is aborted first. Then nothing is lost:
   * whoever asks next gets what was being read.
   *
   * @throws whatever is wrong with the source
   */
  next(ends: AbortSignal): Promise<Row[] | undefined>;
  readonly atEnd: boolean;
  /** Of what was read so far. */
  readonly lastLine: number;
}

export function createRowSource(groups: AsyncIterable<Row[]>): RowSource {
  const iterator = groups[Symbol.asyncIterator]();
  let reading: Promise<IteratorResult<Row[]>> | undefined;
  let atEnd = false;
  let lastLine = 0;
  return {
    async next(ends) {
      reading ??= iterator.next();
      const result = await unlessAborted(ends, reading);
      if (result === undefined) return undefined;
      reading = undefined;
      if (result.done) {
        atEnd = true;
        return undefined;
      }
      lastLine = result.value.at(-1)?.line ?? lastLine;
      return result.value;
    },
    get atEnd() {
      return atEnd;
    },
    get lastLine() {
      return lastLine;
    },
  };
}
