import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Problem } from '../problems.ts';
import { clientOf } from './client.ts';

/**
 * Refuses the requests of a client that has made too many in this minute, and tells everybody how
 * many are left, in `RateLimit` and `RateLimit-Policy`:
 * https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-08
 *
 * Counted in this process alone. What is open to everybody is neither counted nor refused: health
 * checks must not fail because there are many of them.
 */
export function limitRate(requestsPerMinute: number): RequestHandler {
  if (requestsPerMinute === 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit: requestsPerMinute,
    identifier: 'requests',
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skip: (_req, { locals }) => locals.access === 'open',
    keyGenerator: clientOf,
    handler() {
      const detail = `A client may send ${requestsPerMinute} requests a minute`;
      // Retry-After is set by now.
      throw new Problem('too-many-requests', detail);
    },
    // They are warnings on the console, at the first requests, about what is set here and tested.
    validate: false,
  });
}
