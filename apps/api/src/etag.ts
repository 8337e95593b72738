import { createHash } from 'node:crypto';
import type { OrderAnswer } from '@orders/contract';

/**
 * The entity tag of an answer about an order: made of what the client sees, so no change can be
 * forgotten. An estimate moves with the time of day while nothing has happened; it does not count,
 * and the tag of an answer that has one is weak for that (RFC 9110, 8.8.1).
 */
export function etagOf({ estimated_start_at, ...lasting }: OrderAnswer): string {
  const hash = createHash('sha256').update(JSON.stringify(lasting)).digest('base64url');
  return `${estimated_start_at ? 'W/' : ''}"${hash.slice(0, 22)}"`;
}

/**
 * Whether the client has the answer already: `If-None-Match`, compared weakly (RFC 9110, 13.1.2).
 * Express' own comparison heeds `Cache-Control: no-cache`, which is meant for caches, and which
 * `fetch` sends along with every `If-None-Match`.
 */
export function isAtHand(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch?.trim() === '*') return true;
  const strong = etag.replace('W/', '');
  return ifNoneMatch?.match(/"[^"]*"/g)?.includes(strong) ?? false;
}
