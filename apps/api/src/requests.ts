import { randomUUID } from 'node:crypto';
import type { Log } from '@orders/runtime';
import type { RequestHandler } from 'express';
import { Problem, pathOf } from './problems.ts';

declare global {
  namespace Express {
    interface Locals {
      requestId: string;
      /** The order the request is about, where one is known. */
      orderId?: string;
    }
  }
}

const sane = /^[A-Za-z0-9._:-]{1,128}$/;
const healthChecks = new Set(['/livez', '/livez/', '/readyz', '/readyz/']);

/** Gives every request its name: the one it came with where that is sane, a new one otherwise. */
export const nameRequest: RequestHandler = (req, res, next) => {
  const given = req.get('X-Request-Id');
  res.locals.requestId = given !== undefined && sane.test(given) ? given : randomUUID();
  res.set('X-Request-Id', res.locals.requestId);
  next();
};

/** Refuses a request that names no host, as it must since HTTP/1.1 (RFC 9112, 3.2). */
export const requireHost: RequestHandler = ({ headers, httpVersion }, _res, next) => {
  if (headers.host !== undefined || httpVersion === '1.0') return next();
  throw new Problem('malformed-request', 'The request has no Host header');
};

/** Writes one line about every request once it is over; health checks at debug. */
export function logRequests(log: Log): RequestHandler {
  return (req, res, next) => {
    const began = performance.now();
    const { method } = req;
    res.once('close', () => {
      const path = pathOf(req);
      const { requestId: request_id, orderId: order_id, caller } = res.locals;
      const ms = Math.round((performance.now() - began) * 100) / 100;
      const facts = {
        request_id,
        method,
        path,
        status: res.statusCode,
        ms,
        order_id,
        user: caller?.user,
      };
      // The client went away first: no status says so.
      const whole = res.writableFinished ? facts : { ...facts, aborted: true };
      log[healthChecks.has(path) ? 'debug' : 'info'](whole, 'request');
    });
    next();
  };
}
