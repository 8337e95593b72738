import { createHash } from 'node:crypto';
import type { IdempotencyKey, NewOrder } from '@orders/db';
import type { Caller } from './auth/caller.ts';
import { Problem } from './problems.ts';

const longestKey = 255;
/** A string of RFC 8941, section 3.3.3, as the draft wants it. */
const quoted = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** What most clients send: the key as it is. */
const bare = /^[!#-+\--:<-[\]-~]+$/;

/**
 * The key that came with a request to place an order, and what it was asked to stand for. The same
 * key of another user is another one.
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07
 *
 * @param header - the field's value; undefined when there was none
 * @throws Problem when it is malformed
 */
export function idempotencyOf(
  header: string | undefined,
  order: NewOrder,
  { user }: Caller,
): { idempotency?: IdempotencyKey } {
  if (header === undefined) return {};
  const key = quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1') ?? bare.exec(header)?.[0] ?? '';
  if (key === '' || key.length > longestKey) {
    const detail = `Idempotency-Key must be 1 to ${longestKey} printable ASCII characters in double quotes`;
    throw new Problem('malformed-request', detail);
  }
  // JSON has quotes, so no two users' keys can come to the same.
  const ofUser = user === undefined ? key : JSON.stringify([user, key]);
  return { idempotency: { key: ofUser, fingerprint: fingerprintOf(order) } };
}

/** The same for two orders exactly when they are the same, however they were written down. */
function fingerprintOf({ orderId, userId, itemIds, totalMinor, currency }: NewOrder): string {
  const content = JSON.stringify([orderId, userId, itemIds, totalMinor, currency]);
  return createHash('sha256').update(content).digest('hex');
}
