import type { Log } from '@orders/runtime';
import { asksForTokens, type Settings } from '../settings.ts';
import {
  changingKeys,
  fetchKeys,
  type Keys,
  readKeyFile,
  sharedSecret,
  usableKeys,
} from './keys.ts';
import { createVerifier, type VerifyToken } from './tokens.ts';

/**
 * What the settings say about tokens; undefined when nobody is asked for one.
 *
 * @throws KeysUnusable when the file with the keys cannot be used
 */
export async function verifierOf(settings: Settings, log: Log): Promise<VerifyToken | undefined> {
  if (!asksForTokens(settings)) return undefined;
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = settings;
  const keys = await keysOf(settings, log);
  if (audience === undefined && settings.AUTH_JWT_SECRET === undefined) {
    log.warn('AUTH_AUDIENCE is not set: tokens made for other services are accepted as well');
  }
  return createVerifier({ keys, issuer, audience });
}

/** The message says all there is to say to whoever starts the process. */
class KeysUnusable extends Error {
  override name = 'KeysUnusable';
  readonly forPeople = true;
}

async function keysOf(settings: Settings, log: Log): Promise<Keys> {
  const { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: url, AUTH_JWKS_FILE: file = '' } = settings;
  if (secret !== undefined) return sharedSecret(secret);
  // Whoever has the keys may be started later than this service; a file is there, or is a slip.
  if (url !== undefined) return changingKeys(() => fetchKeys(url), log);
  try {
    await usableKeys(await readKeyFile(file), log);
  } catch (cause) {
    throw new KeysUnusable(`AUTH_JWKS_FILE=${file}: ${(cause as Error).message}`, { cause });
  }
  return changingKeys(() => readKeyFile(file), log);
}
