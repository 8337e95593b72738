import type { Response } from 'express';
import { Problem } from '../problems.ts';

/** Who is asking. */
export interface Caller {
  /** The token's subject; undefined where nobody is asked for a token. */
  readonly user: string | undefined;
  /** Whether every order is theirs to see and to change. */
  readonly seesAll: boolean;
  readonly scopes: ReadonlySet<string>;
  /** Until when they may be answered, in milliseconds since 1970-01-01 UTC. */
  readonly expiresAt: number;
}

declare global {
  namespace Express {
    interface Locals {
      /** Set before a request reaches its handler, unless it is open to everybody. */
      caller?: Caller;
      /** Why it is not known who is asking. */
      refusal?: Problem;
    }
  }
}

export const anybody: Caller = {
  ...{ user: undefined, seesAll: true, scopes: new Set<string>() },
  expiresAt: Number.POSITIVE_INFINITY,
};

/** @throws Error when nobody looked at who is asking: better no answer than one for the wrong eyes */
export function callerOf({ locals }: Pick<Response, 'locals'>): Caller {
  if (!locals.caller) throw new Error(`nobody looked at who is asking for ${locals.route}`);
  return locals.caller;
}

/** The user whose orders alone the answer may tell of; undefined: those of everybody. */
export function onlyOf(res: Pick<Response, 'locals'>): string | undefined {
  const { user, seesAll } = callerOf(res);
  return seesAll ? undefined : user;
}

/** Why an order of this user cannot be placed by somebody who may only do so for another. */
export function notTheirs(only: string | undefined, userId: string): Problem | undefined {
  if (only === undefined || only === userId) return undefined;
  return forbidden('Orders can be placed for the user of the token only', 'orders:admin');
}

/** The challenge is that of RFC 6750, section 3. */
export function forbidden(detail: string, scope: string): Problem {
  const challenge = `Bearer realm="orders", error="insufficient_scope", scope="${scope}"`;
  return new Problem('forbidden', detail, { headers: { 'WWW-Authenticate': challenge } });
}

/**
 * The challenge is that of the same section.
 *
 * @param error - left out where no token was sent
 */
export function unauthenticated(detail: string, error?: 'invalid_token'): Problem {
  const why = error ? `, error="${error}", error_description="${detail}"` : '';
  const headers = { 'WWW-Authenticate': `Bearer realm="orders"${why}` };
  return new Problem('unauthenticated', detail, { headers });
}
