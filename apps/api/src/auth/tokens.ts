import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { Caller } from './caller.ts';
import type { Keys } from './keys.ts';

/**
 * Finds out whose token it is.
 *
 * @throws TokenRefused when it is not to be trusted
 * @throws KeysUnavailable when nobody can tell
 */
export type VerifyToken = (token: string) => Promise<Caller>;

/** The message may be told to whoever sent the token. */
export class TokenRefused extends Error {
  override name = 'TokenRefused';
}

export interface TokenRules {
  readonly keys: Keys;
  /** Who must have made it; undefined: anybody who has a key. */
  readonly issuer: string | undefined;
  /** For whom it must have been made, among others; undefined: for anybody. */
  readonly audience: string | undefined;
}

/** What clocks may differ by, in seconds. */
const clockTolerance = 5;
/** How long a token that was found good is not looked at again, in milliseconds. */
const trustedMs = 60_000;
const mostTrusted = 10_000;
const longestSubject = 255;

/**
 * Verifies JSON Web Tokens (RFC 7519): signature, algorithm, `exp`, `nbf`, issuer and audience, and
 * that there is a `sub`.
 *
 * To verify one takes longer than to place an order, so a token that was found good is known by its
 * digest for a minute, never beyond its `exp`. A key that is withdrawn counts that much longer.
 *
 * @param clock - for tests: milliseconds since 1970-01-01 UTC
 */
export function createVerifier(
  { keys, issuer, audience }: TokenRules,
  clock: () => number = Date.now,
): VerifyToken {
  const trusted = new Map<string, { caller: Caller; until: number }>();

  async function verify(token: string): Promise<Caller> {
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: [...keys.algorithms],
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(clock()),
        clockTolerance,
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      });
      return callerIn(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return async (token) => {
    // Not the token itself: how long it takes to compare two would tell something about them.
    const digest = hash('sha256', token, 'base64url');
    const known = trusted.get(digest);
    if (known && clock() < known.until) return known.caller;
    trusted.delete(digest);
    const caller = await verify(token);
    const [oldest] = trusted.keys();
    if (trusted.size >= mostTrusted && oldest !== undefined) trusted.delete(oldest);
    trusted.set(digest, { caller, until: Math.min(caller.expiresAt, clock() + trustedMs) });
    return caller;
  };
}

function callerIn({ sub, scope, exp }: JWTPayload): Caller {
  // PostgreSQL has no texts with a NUL: it would refuse every question about this user's orders.
  const isText = typeof sub === 'string' && !sub.includes('\0');
  if (!isText || sub === '' || sub.length > longestSubject) {
    throw new TokenRefused(`the sub must be a text of 1 to ${longestSubject} characters`);
  }
  const scopes = new Set(typeof scope === 'string' ? scope.split(' ') : []);
  const expiresAt = ((exp as number) + clockTolerance) * 1000;
  return { user: sub, seesAll: scopes.has('orders:admin'), scopes, expiresAt };
}

/** What to tell of an error of the library; what is not about the token stays as it is. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new TokenRefused('it has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    return new TokenRefused(
      reason === 'missing' ? `it has no ${claim}` : `its ${claim} is not accepted here`,
    );
  }
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey
  ) {
    return new TokenRefused('it is not signed with a key that is trusted here');
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return new TokenRefused('it must say with which key it is signed (kid)');
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return new TokenRefused('it is signed in a way that is not accepted here');
  }
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) {
    return new TokenRefused('it is not a JSON Web Token');
  }
  return error;
}
