import { styleText } from 'node:util';
import type { components } from '@orders/contract';

import type { Terminal } from './terminal.ts';

type Order = components['schemas']['Order'];
type Status = components['schemas']['Status'];
type Event = components['schemas']['OrderEvent'];
type Out = Terminal['stdout'];

const colours = {
  Pending: 'yellow',
  Processing: 'cyan',
  Completed: 'green',
  Failed: 'red',
  Cancelled: 'gray',
} as const satisfies Record<Status, Parameters<typeof styleText>[0]>;

/** The text in colour, where the output is a terminal and NO_COLOR is not set. */
export function paint(out: Out, colour: Parameters<typeof styleText>[0], text: string): string {
  // Whether the environment wants colours, styleText looks up itself; it wants a stream of Node's own.
  if (out.isTTY !== true) return text;
  return styleText(colour, text, { stream: out as NodeJS.WritableStream & Out });
}

export function paintStatus(out: Out, status: Status): string {
  return paint(out, colours[status], status);
}

export function writeLine(out: Out, text: string): void {
  out.write(`${text}\n`);
}

export function writeJson(out: Out, value: unknown): void {
  writeLine(out, JSON.stringify(value));
}

/** Rows below each other, columns as wide as their widest cell; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const space = ' '.repeat((widths[i] ?? 0) - width(cell));
          return typeof cell === 'number' ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
const colouring = /\u001b\[\d+m/g;

function width(cell: string | number): number {
  return `${cell}`.replace(colouring, '').length;
}

/** Everything about an order, a field a line; what is null is left out. */
export function orderCard(out: Out, order: Order): string {
  return table(
    Object.entries(order)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [
        name,
        name === 'status' ? paintStatus(out, value as Status) : oneLine(`${value}`),
      ]),
  );
}

/** One order a line, the same width for all, so that pages fit together. */
export function orderLine(out: Out, order: Order): string {
  const amount = `${order.total_amount} ${order.currency}`;
  const status = paintStatus(out, order.status);
  return [
    order.placed_at,
    status + ' '.repeat('Processing'.length - order.status.length),
    amount.padStart(14),
    order.order_id.padEnd(20),
    order.user_id,
    ...(order.last_error === null ? [] : [oneLine(order.last_error)]),
  ].join('  ');
}

export function eventLine(out: Out, event: Event): string {
  const type = event.type.slice('order.'.length);
  return [
    event.at,
    paint(out, colours[event.status], type.padEnd('cancel_requested'.length)),
    event.order_id.padEnd(20),
    ...(event.attempt > 0 ? [`attempt ${event.attempt}`] : []),
    ...(event.worker === null ? [] : [event.worker]),
    ...(event.detail === null ? [] : [oneLine(event.detail)]),
  ]
    .join('  ')
    .trimEnd();
}

/** Texts of others may hold line ends, and what moves a terminal's cursor. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}
