import { createHash } from 'node:crypto';
import type { OrderAnswer } from '@orders/contract';

/**
 * The entity tag of an answer about an order: made of what the client sees, so no change can be
 * forgotten. An estimate moves with the time of day while nothing has happened; it does not count,
 * and the tag of an answer that has one is weak for that (RFC 9110, 8.8.1).
 *
 * Express compares it with If-None-Match, weakly as section 13.1.2 asks, and makes the answer 304.
 */
export function etagOf({ estimated_start_at, ...lasting }: OrderAnswer): string {
  const hash = createHash('sha256').update(JSON.stringify(lasting)).digest('base64url');
  return `${estimated_start_at ? 'W/' : ''}"${hash.slice(0, 22)}"`;
}
