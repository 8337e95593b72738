import { createSecretKey, type webcrypto } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Log } from '@orders/runtime';
import {
  createLocalJWKSet,
  errors,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';

/** Where the keys come from that tokens are signed with, and what they may be used for. */
export interface Keys {
  /** No other algorithm is looked at, whatever a token says of itself. */
  readonly algorithms: readonly string[];
  /** @throws KeysUnavailable when there are none to look among */
  readonly find: JWTVerifyGetKey;
}

/** The keys could not be read, so nobody can say whether a token is good. */
export class KeysUnavailable extends Error {
  override name = 'KeysUnavailable';
}

/** One secret that whoever makes tokens shares with whoever reads them. */
export function sharedSecret(secret: string): Keys {
  const key = createSecretKey(Buffer.from(secret));
  return { algorithms: ['HS256'], find: async () => key };
}

/** How old the keys in use may be, in milliseconds: how long one that was withdrawn is trusted. */
const maxAgeMs = 300_000;
/** Tokens that name unknown keys have them read anew no more often than this, in milliseconds. */
const restMs = 10_000;

/**
 * Public keys that may change: read when first needed, each five minutes, and when a token names
 * one that is not among them. While they cannot be read those that are known stay in use, and whoever
 * asks for one of these does not wait once that has failed.
 *
 * @param read - the key set, as RFC 7517 has it
 * @param now - for tests: a clock that is never set back, in milliseconds
 */
export function changingKeys(
  read: () => Promise<JSONWebKeySet>,
  log: Log,
  now: () => number = () => performance.now(),
): Keys {
  let known: JWTVerifyGetKey | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failing = false;
  let reading: Promise<void> | undefined;

  async function readAnew(): Promise<void> {
    try {
      known = createLocalJWKSet(await usableKeys(await read(), log));
      readAt = now();
      failing = false;
    } catch (err) {
      failing = true;
      log.warn({ err }, 'cannot read the keys of tokens');
    }
    reading = undefined;
  }

  /** One reading for all who ask meanwhile. */
  async function refresh(): Promise<void> {
    if (reading === undefined && now() - triedAt < restMs) return;
    if (reading === undefined) triedAt = now();
    reading ??= readAnew();
    await reading;
  }

  return {
    algorithms: ['RS256', 'ES256', 'EdDSA'],
    async find(header, token) {
      if (now() - readAt > maxAgeMs) {
        const refreshing = refresh();
        if (!known || !failing) await refreshing;
      }
      const before = known;
      if (!before) throw new KeysUnavailable('the keys of tokens could not be read');
      try {
        return await before(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        if (known === before) await refresh();
        if (!known || known === before) throw error;
        return await known(header, token);
      }
    },
  };
}

/** @throws Error when there is no file, or it holds something else */
export async function readKeyFile(path: string): Promise<JSONWebKeySet> {
  return publicKeysOf(JSON.parse(await readFile(path, 'utf8')));
}

/** Whoever waits for it is a request. */
const fetchTimeoutMs = 5000;

/** @throws Error when it cannot be had, or is something else */
export async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  // Another address than the one that was set is not followed.
  const signal = AbortSignal.timeout(fetchTimeoutMs);
  const answer = await fetch(url, { redirect: 'error', signal });
  if (!answer.ok) throw new Error(`${new URL(url).host} answered ${answer.status}`);
  return publicKeysOf(await answer.json());
}

/**
 * A key set without the keys that no signature can be verified with: they would fail at each token
 * that names them. Those for other algorithms than ours are nobody's mistake, and never looked at.
 *
 * @throws Error when none is left
 */
export async function usableKeys({ keys }: JSONWebKeySet, log: Log): Promise<JSONWebKeySet> {
  const reasons = await Promise.all(keys.map(whyUnusable));
  const usable = keys.filter((_, i) => reasons[i] === undefined);
  for (const [i, reason] of reasons.entries()) {
    if (reason) log.warn({ kid: keys[i]?.kid, reason }, 'a key of tokens cannot be used');
  }
  if (usable.length === 0) throw new Error('none of its keys can be used');
  return { keys: usable };
}

/** RFC 7518, 3.3 */
const leastModulusBits = 2048;

async function whyUnusable(key: JWK): Promise<string | undefined> {
  const algorithm = algorithmOf(key);
  if (algorithm === undefined || (key.alg !== undefined && key.alg !== algorithm)) return undefined;
  try {
    const { algorithm: found } = (await importJWK(key, algorithm)) as webcrypto.CryptoKey;
    const { modulusLength = leastModulusBits } = found as Partial<webcrypto.RsaKeyAlgorithm>;
    if (modulusLength >= leastModulusBits) return undefined;
    return `it has ${modulusLength} bits, and must have ${leastModulusBits}`;
  } catch (error) {
    return (error as Error).message;
  }
}

function algorithmOf({ kty, crv }: JWK): string | undefined {
  if (kty === 'RSA') return 'RS256';
  if (kty === 'EC' && crv === 'P-256') return 'ES256';
  return kty === 'OKP' && crv === 'Ed25519' ? 'EdDSA' : undefined;
}

function publicKeysOf(value: unknown): JSONWebKeySet {
  const { keys } = Object(value) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('there are no keys in it');
  if (!keys.every((key) => Object(key).kty && !('d' in key) && !('k' in key))) {
    throw new Error('it must hold public keys, and nothing else');
  }
  return value as JSONWebKeySet;
}
