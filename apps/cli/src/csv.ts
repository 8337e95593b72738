import { Readable } from 'node:stream';
import { CsvError, type InfoRecord, parse } from 'csv-parse';

import { exit, Failure } from './failure.ts';
import type { Row } from './row.ts';

const known = ['order_id', 'user_id', 'item_ids', 'total_amount', 'currency'];
const required = known.slice(0, 4);
const groupSize = 256;

type Fields = Record<string, string>;
type Parsed = { record: Fields; info: InfoRecord & { lines: number; bytes: number } };

/**
 * The rows of a CSV file (RFC 4180) whose header names the fields of an order. An empty field
 * counts as left out. A row with more or fewer fields than the header has a `fault`.
 *
 * @throws Failure when the header is not as it should be, or the file is no CSV from some line on
 */
export async function* rowsOfCsv(source: AsyncIterable<Buffer>): AsyncGenerator<Row[]> {
  const parser = parse({
    bom: true,
    columns: checkHeader,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  const bytes = Readable.from(source, { objectMode: false });
  bytes.on('error', (error) => parser.destroy(error));
  bytes.pipe(parser);
  let rows: Row[] = [];
  try {
    for await (const parsed of parser) {
      rows.push(toRow(parsed as Parsed));
      if (rows.length < groupSize && parser.readableLength > 0) continue;
      yield rows;
      rows = [];
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (rows.length > 0) yield rows;
    throw new Failure(`not CSV: ${error.message}`, exit.usage, { cause: error });
  } finally {
    bytes.unpipe(parser);
  }
  if (rows.length > 0) yield rows;
}

function checkHeader(names: string[]): string[] {
  const unknown = names.filter((name) => !known.includes(name));
  const missing = required.filter((name) => !names.includes(name));
  const faults = [
    ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has ${unknown.join(', ')}`] : []),
  ];
  if (faults.length === 0) return names;
  throw new Failure(
    `the first line of the CSV ${faults.join(' and ')}; its fields are ${known.join(', ')}`,
    exit.usage,
  );
}

function toRow({ record, info }: Parsed): Row {
  const order = Object.fromEntries(
    Object.entries(record)
      .filter(([, text]) => text !== '' && text !== undefined)
      .map(([name, text]) => [name, name === 'total_amount' ? asNumber(text) : text]),
  );
  return {
    line: info.lines,
    end: info.bytes,
    bytes: Buffer.from(JSON.stringify(order)),
    ...(info.error && { fault: 'it has not as many fields as the first line' }),
  };
}

/** What is no number stays as it is, for the service to complain about. */
function asNumber(text: string): number | string {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
