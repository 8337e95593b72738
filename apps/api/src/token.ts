/**
 * Makes a token for trying out:
 *
 *     npm run token -- --sub user_1 --scope "orders:write orders:read" --expires 1h
 *
 * signed with AUTH_JWT_SECRET, and with AUTH_ISSUER and AUTH_AUDIENCE in it where they are set.
 */
import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { loadContract } from '@orders/contract';
import { readSettings, runMain } from '@orders/runtime';
import { SignJWT } from 'jose';
import { accessOf } from './auth/access.ts';
import { tokenSettingsSchema } from './settings.ts';

async function main(): Promise<void> {
  const { sub, scope, expires } = argumentsOf(process.argv.slice(2));
  const { AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = readSettings(
    tokenSettingsSchema,
    process.env,
  );
  if (AUTH_JWT_SECRET === undefined) {
    throw new Refused(
      'AUTH_JWT_SECRET is not set. Tokens are signed with it, and the API has to be started with ' +
        `the same one. One that nobody has yet:\n\n` +
        `    export AUTH_JWT_SECRET=${randomBytes(32).toString('base64url')}\n`,
    );
  }
  const jwt = new SignJWT({
    scope,
    ...(AUTH_ISSUER !== undefined && { iss: AUTH_ISSUER }),
    ...(AUTH_AUDIENCE !== undefined && { aud: AUTH_AUDIENCE }),
  });
  const token = await jwt
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(expires)
    .sign(Buffer.from(AUTH_JWT_SECRET));
  process.stdout.write(`${token}\n`);
}

/** The message says all there is to say to whoever asked for a token. */
class Refused extends Error {
  readonly forPeople = true;
}

const usage =
  'npm run token -- --sub user_1 --scope "orders:write orders:read" --expires 1h\n' +
  '(--expires: a number and s, m, h or d)';

function argumentsOf(args: string[]): { sub: string; scope: string; expires: string } {
  const { sub, scope, expires } = parse(args);
  if (!sub || !scope) throw new Refused(`--sub and --scope have to be given:\n  ${usage}`);
  if (!/^[1-9]\d{0,5}[smhd]$/.test(expires)) {
    throw new Refused(`--expires ${expires} is not a time:\n  ${usage}`);
  }
  const known = knownScopes();
  const unknown = scope.split(' ').filter((one) => !known.has(one));
  if (unknown.length > 0) {
    throw new Refused(`${unknown.join(', ')} is none of the scopes ${[...known].join(', ')}`);
  }
  return { sub, scope, expires };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    const options = { sub: text, scope: text, expires: { ...text, default: '1h' } };
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Refused(`${(error as Error).message}\n  ${usage}`);
  }
}

/** Every scope that something in the contract asks for. */
function knownScopes(): Set<string> {
  const operations = Object.values(loadContract().document.paths).flatMap(Object.values);
  return new Set(
    operations.map(accessOf).flatMap((access) => (access === 'open' ? [] : access.flat())),
  );
}

await runMain(main);
