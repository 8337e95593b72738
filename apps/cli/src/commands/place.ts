import { open as openFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { components } from '@orders/contract';
import { type Command, Option } from 'commander';

import { examples, parseWholeNumber, serviceOf, wantsJson } from '../command.ts';
import { rowsOfCsv } from '../csv.ts';
import { type ExitStatus, exit, Failure } from '../failure.ts';
import { type Fate, type ImportEnd, importRows } from '../import.ts';
import { rowsOfLines } from '../lines.ts';
import { showProgress } from '../progress.ts';
import { type Row, readRow } from '../row.ts';
import { ask, type Service } from '../service.ts';
import { writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

interface PlaceOptions {
  readonly id?: string;
  readonly user?: string;
  readonly items?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly format?: Format;
  readonly fromLine: number;
}

type Format = 'ndjson' | 'csv';

export function addPlace(program: Command, terminal: Terminal): void {
  program
    .command('place')
    .summary('place one order, or all of a file')
    .description(
      'Places one order, told by --id, --user, --items and --amount; or all orders of a file, in ' +
        'their order: one in JSON a line, or CSV whose first line names the fields (order_id, ' +
        'user_id, item_ids, total_amount and, if you like, currency).\n\n' +
        'Rows that are refused go to stdout, one in JSON a line, with the reason and the order ' +
        'as it was.\n\n' +
        'An import that was interrupted is begun again with the same command: orders that are ' +
        'there already, with the same content, count as "already there" and are not refused.',
    )
    .argument('[file]', 'file to import; - for stdin')
    .option('--id <order_id>', 'id of the one order')
    .option('--user <user_id>', 'who ordered it')
    .option('--items <item_ids>', 'its items, separated by commas')
    .option('--amount <total>', 'what it costs')
    .option('--currency <code>', 'ISO 4217; USD when left out')
    .addOption(
      new Option('--format <format>', 'of the file, when its name does not tell').choices([
        'ndjson',
        'csv',
      ]),
    )
    .option('--from-line <number>', 'begin at this line', parseWholeNumber, 1)
    .addHelpText(
      'after',
      examples(
        'place --id 123 --user user_1 --items item_1,item_2 --amount 99.99',
        'place orders.csv > refused.ndjson',
        'place - --format csv < orders.csv',
      ),
    )
    .action(async (file: string | undefined, options: PlaceOptions, command: Command) => {
      const service = serviceOf(command, terminal, terminal.insisted);
      if (file === undefined && options.id !== undefined) {
        await placeOne(service, options, terminal, wantsJson(command));
        return;
      }
      if (file === undefined && terminal.stdin.isTTY) {
        throw new Failure('name a file, or the order by --id; see --help', exit.usage);
      }
      const status = await placeAll(service, file ?? '-', options, terminal, wantsJson(command));
      if (status !== exit.done) throw new Failure('', status);
    });
}

async function placeOne(
  service: Service,
  { id, user, items, amount, currency }: PlaceOptions,
  { stdout }: Terminal,
  json: boolean,
): Promise<void> {
  const body = {
    order_id: id,
    user_id: user,
    item_ids: items,
    // What is no number is sent as it is: the service says what is wrong with it.
    total_amount: amount === undefined || Number.isNaN(Number(amount)) ? amount : Number(amount),
    currency,
  } as components['schemas']['NewOrder'];
  const placed = await ask(service, service.client.POST('/order/', { body, params: {} }));
  if (json) writeJson(stdout, placed);
  else writeLine(stdout, `${placed.order_id} is placed`);
}

async function placeAll(
  service: Service,
  file: string,
  { format, fromLine }: PlaceOptions,
  terminal: Terminal,
  json: boolean,
): Promise<ExitStatus> {
  const rowsOf = (format ?? formatOf(file)) === 'csv' ? rowsOfCsv : rowsOfLines;
  const { source, bytes, name } = await open(file, terminal);
  const rows = rowsOf(read(source, name));
  const progress = showProgress(terminal, bytes);
  const counts = { created: 0, there: 0, refused: 0 };
  let settled = 0;
  let toldFull = false;
  let end: ImportEnd;
  try {
    const tell = (row: Row, fate: Fate) => {
      counts[fate.is] += 1;
      settled += 1;
      progress.update(settled, row.end);
      if (fate.is === 'refused') progress.line(JSON.stringify(report(row, fate.error)));
    };
    const onFull = () => {
      if (!toldFull) progress.note('the queue is full, waiting for room');
      toldFull = true;
    };
    end = await importRows(service, from(rows, fromLine), terminal, tell, onFull);
  } finally {
    progress.stop();
    source.destroy();
  }
  const { nextLine, failure } = end;
  const { created, there, refused } = counts;
  const summary = { created, already_there: there, refused, next_line: nextLine };
  if (json) writeJson(terminal.stdout, summary);
  else {
    writeLine(terminal.stderr, `${created} created, ${there} already there, ${refused} refused`);
  }
  if (nextLine !== null) {
    const where =
      `before line ${nextLine} of ${name}. The same command goes on; with ` +
      `--from-line ${nextLine} it does not look at what is done.`;
    if (failure) throw new Failure(`${failure.message}\nEnded ${where}`, failure.status);
    writeLine(terminal.stderr, `Interrupted ${where}`);
    return exit.interrupted;
  }
  if (failure) throw failure;
  return refused > 0 ? exit.no : exit.done;
}

function report(row: Row, error: Extract<Fate, { is: 'refused' }>['error']) {
  return { line: row.line, error, order: readRow(row) };
}

async function open(
  file: string,
  { stdin, directory }: Terminal,
): Promise<{ source: Readable; bytes?: number | undefined; name: string }> {
  if (file === '-') return { source: stdin, name: 'stdin' };
  const path = resolve(directory, file);
  const stats = await stat(path).catch((cause) => {
    throw unreadable(file, cause);
  });
  if (stats.isDirectory()) throw new Failure(`${file} is a directory`, exit.usage);
  const handle = await openFile(path).catch((cause) => {
    throw unreadable(file, cause);
  });
  // What is no plain file, such as a pipe, has no size.
  return { source: handle.createReadStream(), bytes: stats.size || undefined, name: file };
}

/** What is in the file. @throws Failure where it cannot be read any further */
async function* read(source: Readable, name: string): AsyncGenerator<Buffer> {
  try {
    yield* source;
  } catch (cause) {
    throw unreadable(name, cause);
  }
}

function unreadable(name: string, cause: unknown): Failure {
  return new Failure(`${name}: ${(cause as Error).message}`, exit.usage, { cause });
}

function formatOf(file: string): Format {
  const ending = extname(file).toLowerCase();
  if (ending === '.csv') return 'csv';
  if (file === '-' || ['.ndjson', '.jsonl', '.json'].includes(ending)) return 'ndjson';
  throw new Failure(`${file}: --format says whether this is ndjson or csv`, exit.usage);
}

async function* from(groups: AsyncIterable<Row[]>, line: number): AsyncGenerator<Row[]> {
  for await (const rows of groups) {
    const wanted = rows.filter((row) => row.line >= line);
    if (wanted.length > 0) yield wanted;
  }
}
