import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Log } from '@orders/runtime';
import { expect } from 'chai';
import { exportJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { changingKeys, type Keys, sharedSecret } from '../../src/auth/keys.ts';
import { createVerifier, TokenRefused } from '../../src/auth/tokens.ts';
import { secret, token } from './given.ts';

const silent = { warn() {} } as unknown as Log;
const exp = Math.floor(Date.now() / 1000) + 3600;
const good = { sub: 'user_1', scope: 'orders:read', exp };

const withSecret = createVerifier({
  keys: sharedSecret(secret),
  issuer: undefined,
  audience: undefined,
});

/** Why the token is refused; fails when it is not. */
async function refusal(verify: typeof withSecret, jwt: string): Promise<string> {
  const error = await verify(jwt).then(
    () => 'it was accepted',
    (error) => error,
  );
  expect(error).to.be.instanceOf(TokenRefused);
  return error.message;
}

describe('a token', () => {
  it('says whose it is and what they may do', async () => {
    const caller = await withSecret(await token({ ...good, scope: 'orders:read metrics:read' }));
    expect(caller).to.deep.equal({
      user: 'user_1',
      seesAll: false,
      scopes: new Set(['orders:read', 'metrics:read']),
      expiresAt: (exp + 5) * 1000,
    });
    const admin = await withSecret(await token({ ...good, scope: 'orders:admin' }));
    expect(admin.seesAll).to.equal(true);
  });

  it('without a scope, or with one that is not a text, may do nothing', async () => {
    for (const scope of [undefined, ['orders:admin'], { 'orders:admin': true }, '']) {
      const { scopes, seesAll } = await withSecret(await token({ ...good, scope }));
      expect([...scopes].join(), String(scope)).to.equal('');
      expect(seesAll).to.equal(false);
    }
  });

  const now = Math.floor(Date.now() / 1000);
  for (const [what, claims, why] of [
    ['has expired', { ...good, exp: now - 10 }, /expired/],
    ['never expires', { ...good, exp: undefined }, /no exp/],
    ['expires at a text', { ...good, exp: 'tomorrow' as never }, /exp is not accepted/],
    ['is not good yet', { ...good, nbf: now + 3600 }, /nbf is not accepted/],
    ['is nobody’s', { ...good, sub: undefined }, /no sub/],
    ['is of an empty user', { ...good, sub: '' }, /sub must be/],
    ['is of a user that is a number', { ...good, sub: 1 as never }, /sub must be/],
    [
      'is of a user with a character that no text in PostgreSQL may have',
      { ...good, sub: 'a\0' },
      /sub must be/,
    ],
    ['is of a user whose name is too long', { ...good, sub: 'x'.repeat(256) }, /sub must be/],
  ] as [string, JWTPayload, RegExp][]) {
    it(`is refused when it ${what}`, async () => {
      expect(await refusal(withSecret, await token(claims))).to.match(why);
    });
  }

  it('is good for as long as clocks may differ after it has expired', async () => {
    const justNow = Math.floor(Date.now() / 1000) - 1;
    expect((await withSecret(await token({ ...good, exp: justNow }))).user).to.equal('user_1');
  });

  it('is refused when it is signed with another secret, or changed afterwards', async () => {
    const other = await token(good, 'HS256', secret.replace('a', 'b'));
    expect(await refusal(withSecret, other)).to.match(/not signed with a key/);
    const [head, , signature] = (await token(good)).split('.');
    const claims = Buffer.from(JSON.stringify({ ...good, scope: 'orders:admin' }));
    const changed = `${head}.${claims.toString('base64url')}.${signature}`;
    expect(await refusal(withSecret, changed)).to.match(/not signed with a key/);
  });

  it('is refused when it is signed in another way than was agreed on, or not at all', async () => {
    for (const alg of ['HS384', 'HS512']) {
      const long = secret.repeat(2);
      expect(await refusal(withSecret, await token(good, alg, long))).to.match(/in a way/);
    }
    const unsigned = new UnsecuredJWT(good).encode();
    expect(await refusal(withSecret, unsigned)).to.match(/in a way|not a JSON Web Token/);
    const [head, claims] = (await token(good)).split('.');
    expect(await refusal(withSecret, `${head}.${claims}.`)).to.match(/not signed with a key/);
  });

  for (const [what, header, why] of [
    ['wants something understood that is not', { crit: ['x'], x: 1 }, /in a way/],
    ['wants its exp understood as part of its head', { crit: ['exp'], exp: 1 }, /in a way/],
    ['has its claims unencoded', { crit: ['b64'], b64: false }, /not a JSON Web Token/],
    ['writes its algorithm otherwise', { alg: 'hs256' }, /in a way/],
    ['says that it is not signed', { alg: 'NONE' }, /in a way/],
  ] as [string, object, RegExp][]) {
    it(`is refused when it ${what}, although the signature is right`, async () => {
      const parts = [{ alg: 'HS256', ...header }, good];
      const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
      const signature = createHmac('sha256', secret).update(signed.join('.')).digest('base64url');
      expect(await refusal(withSecret, `${signed.join('.')}.${signature}`)).to.match(why);
    });
  }

  it('takes no part of a word for a scope', async () => {
    const scope = 'xorders:admin orders:adminx orders orders:admin,x a\torders:admin';
    const { seesAll, scopes } = await withSecret(await token({ ...good, scope }));
    expect([seesAll, scopes.has('orders:admin')]).to.deep.equal([false, false]);
  });

  for (const text of ['', 'x', 'a.b', 'a.b.c', 'e30.e30.e30', '....', 'a.b.c.d.e', 'é.é.é']) {
    it(`is refused when it is ${JSON.stringify(text)}`, async () => {
      expect(await refusal(withSecret, text)).to.match(/not a JSON Web Token|in a way/);
    });
  }

  it('must come from who was set as issuer, and be meant for who was set as audience', async () => {
    const rules = { keys: sharedSecret(secret), issuer: 'shop', audience: 'orders' };
    const verify = createVerifier(rules);
    const ours = { ...good, iss: 'shop', aud: ['warehouse', 'orders'] };
    expect((await verify(await token(ours))).user).to.equal('user_1');
    for (const [claims, why] of [
      [{ ...ours, iss: 'other' }, /iss is not accepted/],
      [{ ...ours, iss: undefined }, /no iss/],
      [{ ...ours, aud: 'warehouse' }, /aud is not accepted/],
      [{ ...ours, aud: undefined }, /no aud/],
    ] as [JWTPayload, RegExp][]) {
      expect(await refusal(verify, await token(claims))).to.match(why);
    }
  });

  it('is not verified again for a minute, and never trusted beyond its end', async () => {
    let verified = 0;
    let clock = Date.now();
    const { find, ...keys } = sharedSecret(secret);
    const counted: Keys = {
      ...keys,
      find: (...args) => {
        verified += 1;
        return find(...args);
      },
    };
    const rules = { keys: counted, issuer: undefined, audience: undefined };
    const verify = createVerifier(rules, () => clock);
    const jwt = await token({ ...good, exp: Math.floor(clock / 1000) + 90 });
    for (let i = 0; i < 3; i += 1) await verify(jwt);
    expect(verified).to.equal(1);
    clock += 60_000;
    await verify(jwt);
    expect(verified).to.equal(2);
    clock += 36_000;
    expect(await refusal(verify, jwt)).to.match(/expired/);
  });

  it('that was refused is looked at again', async () => {
    const clock = { now: Date.now() };
    const rules = { keys: sharedSecret(secret), issuer: undefined, audience: undefined };
    const verify = createVerifier(rules, () => clock.now);
    const jwt = await token({ ...good, nbf: Math.floor(clock.now / 1000) + 60 });
    await refusal(verify, jwt);
    clock.now += 60_000;
    expect((await verify(jwt)).user).to.equal('user_1');
  });

  describe('signed with a private key', () => {
    const pairs = {
      RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
      ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      EdDSA: generateKeyPairSync('ed25519'),
      ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
    };
    let verify: typeof withSecret;
    before(async () => {
      const keys = await Promise.all(
        Object.entries(pairs).map(async ([kid, { publicKey }]) => ({
          ...(await exportJWK(publicKey)),
          kid,
        })),
      );
      const found = changingKeys(async () => ({ keys }), silent);
      verify = createVerifier({ keys: found, issuer: undefined, audience: undefined });
    });

    const sign = (alg: string, kid: string, key: KeyObject) =>
      new SignJWT(good).setProtectedHeader({ alg, kid }).sign(key);

    for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
      it(`is good when its key is in the set: ${alg}`, async () => {
        const jwt = await sign(alg, alg, pairs[alg].privateKey);
        expect((await verify(jwt)).user).to.equal('user_1');
      });
    }

    it('is refused when its algorithm is not on the list, though its key is in the set', async () => {
      const jwt = await sign('ES384', 'ES384', pairs.ES384.privateKey);
      expect(await refusal(verify, jwt)).to.match(/in a way/);
    });

    it('is refused when it takes the public key for a secret', async () => {
      for (const [kid, { publicKey }] of Object.entries(pairs)) {
        const pem = publicKey.export({ type: 'spki', format: 'pem' });
        const jwt = await new SignJWT(good)
          .setProtectedHeader({ alg: 'HS256', kid })
          .sign(Buffer.from(pem));
        expect(await refusal(verify, jwt)).to.match(/in a way/);
      }
    });

    it('is refused when it names a key of another kind, or brings its own', async () => {
      const jwt = await sign('RS256', 'ES256', pairs.RS256.privateKey);
      expect(await refusal(verify, jwt)).to.match(/not signed with a key/);
      const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = await exportJWK(own.publicKey);
      const brought = await new SignJWT(good)
        .setProtectedHeader({ alg: 'ES256', kid: 'ES256', jwk })
        .sign(own.privateKey);
      expect(await refusal(verify, brought)).to.match(/not signed with a key/);
    });
  });
});
