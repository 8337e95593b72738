import { type JWTPayload, SignJWT } from 'jose';
import { sharedSecret } from '../../src/auth/keys.ts';
import { createVerifier, type VerifyToken } from '../../src/auth/tokens.ts';

export const secret = 'a secret of at least 32 bytes, for tests';

/** A token that is good for an hour, unless the claims say otherwise. */
export function token(claims: JWTPayload, alg = 'HS256', key: string = secret): Promise<string> {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  return new SignJWT({ exp: inAnHour, ...claims })
    .setProtectedHeader({ alg })
    .sign(Buffer.from(key));
}

export function verifier(): VerifyToken {
  return createVerifier({ keys: sharedSecret(secret), issuer: undefined, audience: undefined });
}

/** The header that comes with a token. */
export async function as(sub: string, scope: string): Promise<{ Authorization: string }> {
  return { Authorization: `Bearer ${await token({ sub, scope })}` };
}
