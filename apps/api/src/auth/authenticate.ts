import type { RequestHandler } from 'express';
import { Problem } from '../problems.ts';
import { missingScopes } from './access.ts';
import { anybody, type Caller, forbidden, unauthenticated } from './caller.ts';
import { KeysUnavailable } from './keys.ts';
import { TokenRefused, type VerifyToken } from './tokens.ts';

/**
 * Finds out who is asking. Whom it does not know it lets go on as far as `authorize`, so that they
 * are counted on the way.
 *
 * @param verify - undefined: nobody is asked for a token, and everybody may do everything
 */
export function identify(verify: VerifyToken | undefined): RequestHandler {
  if (!verify) {
    return (_req, res, next) => {
      res.locals.caller = anybody;
      next();
    };
  }
  return async (req, res, next) => {
    if (res.locals.access !== 'open') {
      try {
        res.locals.caller = await callerWith(req.headers.authorization, verify);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        res.locals.refusal = error;
      }
    }
    next();
  };
}

/**
 * Lets through whose token has the scopes that the contract wants for what is asked for.
 * Challenges are those of RFC 6750, section 3.
 */
export const authorize: RequestHandler = (_req, res, next) => {
  const { access = [], caller, refusal } = res.locals;
  if (access === 'open' || caller === anybody) return next();
  if (!caller) throw refusal ?? unauthenticated(noToken);
  const missing = missingScopes(access, caller.scopes);
  if (missing === undefined) return next();
  const needed = missing.join(' ');
  throw forbidden(needed ? `This needs the scope ${needed}` : 'This is open to nobody', needed);
};

const noToken = 'Send a token: Authorization: Bearer …';

/** @throws Problem */
async function callerWith(header: string | undefined, verify: VerifyToken): Promise<Caller> {
  const [, token] = /^Bearer +(.*)$/i.exec(header ?? '') ?? [];
  // Whoever did not even try is told no error (RFC 6750, section 3.1).
  if (token === undefined) throw unauthenticated(noToken);
  try {
    return await verify(token);
  } catch (error) {
    if (error instanceof TokenRefused) {
      throw unauthenticated(`The token is refused: ${error.message}`, 'invalid_token');
    }
    if (!(error instanceof KeysUnavailable)) throw error;
    const headers = { 'Retry-After': '10' };
    throw new Problem('authentication-unavailable', 'Try again in a moment', { headers });
  }
}
