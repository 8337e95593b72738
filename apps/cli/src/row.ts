/** An order of a file that is imported. */
export interface Row {
  /** Counted from 1; of an order that takes several lines the last one. */
  readonly line: number;
  /** Bytes of the file up to its end. */
  readonly end: number;
  /** The order as a line of JSON, without a line end. */
  readonly bytes: Buffer;
  /** Why it is not even sent. */
  readonly fault?: string;
}

/** The order, as far as it can be read; its text where it cannot. */
export function readRow({ bytes }: Row): unknown {
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
