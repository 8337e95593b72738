import { createHash } from 'node:crypto';
import type { ListPlace, OrderFilter } from '@orders/db';
import { Problem } from './problems.ts';

/** A place in a list as clients carry it: opaque to them, and good for this filter alone. */
export function writeCursor({ placedAt, seq }: ListPlace, filter: OrderFilter): string {
  const cursor = JSON.stringify({ at: placedAt, seq, for: fingerprint(filter) });
  return Buffer.from(cursor).toString('base64url');
}

/** @throws Problem when it is not a cursor of ours, or was given out for another filter */
export function readCursor(text: string, filter: OrderFilter): ListPlace {
  const { at, seq, for: filterThen } = parse(text);
  if (!Number.isSafeInteger(at) || !Number.isSafeInteger(seq)) {
    throw refusal('must be the next_cursor of a page');
  }
  if (filterThen !== fingerprint(filter)) {
    throw refusal('must come with the same filters as on the page it was given out on');
  }
  return { placedAt: at as number, seq: seq as number };
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    return {};
  }
}

function fingerprint({ status, userId, placedFrom, placedTo }: OrderFilter): string {
  const filter = JSON.stringify([status, userId, placedFrom, placedTo]);
  return createHash('sha256').update(filter).digest('base64url').slice(0, 16);
}

function refusal(detail: string): Problem {
  const errors = [{ parameter: 'cursor', code: 'cursor', detail }];
  return new Problem('validation-error', `cursor ${detail}`, { errors });
}
