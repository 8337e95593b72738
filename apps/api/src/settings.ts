import { isIP } from 'node:net';
import {
  databaseUrl,
  host,
  logLevel,
  milliseconds,
  port,
  positiveInteger,
  wholeCount,
} from '@orders/runtime';
import { z } from 'zod';
import type { Limits } from './limits/limits.ts';
import { isLoopback, ownAddress } from './listen-address.ts';

const shortestSecret = 32;

const jwtSecret = z
  .string()
  .refine(
    (text) => Buffer.byteLength(text) >= shortestSecret,
    `at least ${shortestSecret} bytes long`,
  )
  .optional()
  .describe('the secret that tokens are signed with (HS256)');

const jwksUrl = z
  .string()
  .refine((text) => isSafeUrl(text), 'https://… without a user, or http://… of this machine')
  .optional()
  .describe('where the public keys of tokens are to be had (RS256, ES256, EdDSA)');

/** Addresses and networks, or how many proxies there are. `true` would believe anybody. */
const trustProxy = z
  .string()
  .refine(
    (text) => /^[1-9]$/.test(text) || text.split(',').every((one) => isNetwork(one.trim())),
    'how many proxies there are in front, 1 to 9, or their addresses and networks, separated by commas',
  )
  .transform((text) =>
    /^\d$/.test(text) ? Number(text) : text.split(',').map((one) => one.trim()),
  )
  .optional()
  .describe('which proxies are believed when they say whose request they pass on');

const fields = z.object({
  DATABASE_URL: databaseUrl,
  HOST: host,
  PORT: port,
  AUTH: z
    .enum(['on', 'off'], 'on or off')
    .optional()
    .describe('whether a token is asked for; as a rule where keys are set'),
  AUTH_JWT_SECRET: jwtSecret,
  AUTH_JWKS_URL: jwksUrl,
  AUTH_JWKS_FILE: z.string().optional().describe('the same in a file'),
  AUTH_ISSUER: z.string().optional().describe('who must have made a token (iss)'),
  AUTH_AUDIENCE: z.string().optional().describe('for whom a token must have been made (aud)'),
  TRUST_PROXY: trustProxy,
  RATE_LIMIT: wholeCount({ default: 0 }).describe(
    'requests of one client in a minute; 0: as many as it likes',
  ),
  MAX_PENDING_ORDERS: positiveInteger({ default: 10_000_000 }).describe(
    'orders that are pending at once',
  ),
  MAX_FOLLOWERS: positiveInteger({ default: 10_000 }).describe(
    'clients that wait for orders or follow them at once',
  ),
  MAX_FOLLOWERS_PER_CLIENT: positiveInteger({ default: 2_000 }).describe('the same of one client'),
  MAX_CONNECTIONS: positiveInteger({ default: 20_000 }).describe('connections at once'),
  SHUTDOWN_GRACE_MS: milliseconds({ default: 30_000 }).describe(
    'milliseconds for what is in hand when told to stop',
  ),
  LOG_LEVEL: logLevel,
});

export type Settings = z.infer<typeof fields>;

/** What says how to make a token that the API accepts. */
export const tokenSettingsSchema = fields.pick({
  AUTH_JWT_SECRET: true,
  AUTH_ISSUER: true,
  AUTH_AUDIENCE: true,
});

const sources = ['AUTH_JWT_SECRET', 'AUTH_JWKS_URL', 'AUTH_JWKS_FILE'] as const;

/** Mistakes that lie in how settings go together, told beside those of single ones. */
export const settingsSchema = together(fields, [
  {
    of: 'HOST',
    allowed: ownAddress,
    // What a name stands for is looked at when it is listened on.
    fits: (settings) =>
      isIP(settings.HOST) === 0 || isLoopback(settings.HOST) || mayBeReached(settings),
  },
  {
    of: 'AUTH',
    allowed: `off unless one of ${sources.join(', ')} is set`,
    fits: (settings) => settings.AUTH !== 'on' || hasKeys(settings),
  },
  ...sources.slice(1).map((source, i) => ({
    of: source,
    allowed: `left out: keys come from one place, and ${sources.slice(0, i + 1).join(' or ')} is set`,
    fits: (settings: Settings) =>
      settings[source] === undefined ||
      sources.slice(0, i + 1).every((other) => settings[other] === undefined),
  })),
]);

/** Whether whoever asks needs a token. */
export function asksForTokens(settings: Settings): boolean {
  return settings.AUTH !== 'off' && hasKeys(settings);
}

/** Whether other machines may reach the service: it asks for tokens, or is told not to. */
export function mayBeReached(settings: Settings): boolean {
  return settings.AUTH === 'off' || hasKeys(settings);
}

export function limitsOf(settings: Settings): Limits {
  return {
    requestsPerMinute: settings.RATE_LIMIT,
    mostPending: settings.MAX_PENDING_ORDERS,
    mostFollowers: settings.MAX_FOLLOWERS,
    mostFollowersPerClient: settings.MAX_FOLLOWERS_PER_CLIENT,
    trustProxy: settings.TRUST_PROXY ?? false,
  };
}

interface Rule {
  readonly of: keyof Settings;
  readonly allowed: string;
  fits(settings: Settings): boolean;
}

function together(schema: typeof fields, rules: readonly Rule[]): typeof fields {
  return rules.reduce(
    (checked, { of, allowed, fits }) =>
      // Whatever else is wrong: all mistakes are told at once.
      checked.refine(fits, { path: [of], error: allowed, when: () => true }),
    schema,
  );
}

function hasKeys(settings: Settings): boolean {
  return sources.some((source) => settings[source] !== undefined);
}

function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  // Nothing is ever fetched from it with them, and what goes wrong is logged with all of it.
  if (username !== '' || password !== '') return false;
  const isOwn = hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
  return protocol === 'https:' || (protocol === 'http:' && isOwn);
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  // Of 0 bits would be anybody, which Express refuses.
  const fits = bits === undefined || (/^[1-9]\d*$/.test(bits) && Number(bits) <= most);
  return isIP(address) !== 0 && fits && more.length === 0;
}
