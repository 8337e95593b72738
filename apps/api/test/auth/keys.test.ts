import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '@orders/runtime';
import { expect } from 'chai';
import { exportJWK, type JSONWebKeySet, type JWK } from 'jose';
import { changingKeys, fetchKeys, KeysUnavailable, readKeyFile } from '../../src/auth/keys.ts';

const minuteMs = 60_000;

async function publicKey(kid: string): Promise<JWK> {
  return { ...(await exportJWK(generateKeyPairSync('ed25519').publicKey)), kid };
}

describe('keys that change', () => {
  let now: number;
  let readings: number;
  let warnings: number;
  let source: () => Promise<JSONWebKeySet>;
  let find: (kid: string) => Promise<unknown>;
  beforeEach(() => {
    now = 0;
    readings = 0;
    warnings = 0;
    const log = { warn: () => (warnings += 1) } as unknown as Log;
    const read = () => {
      readings += 1;
      return source();
    };
    const keys = changingKeys(read, log, () => now);
    find = async (kid) => {
      const header = { alg: 'EdDSA', kid };
      return await keys.find(header, { ...{ payload: '', signature: '' }, protected: '' });
    };
  });

  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      (error) => error,
    );

  it('are read once, for all who ask at the same moment', async () => {
    const keys = [await publicKey('a')];
    source = async () => ({ keys });
    await Promise.all([find('a'), find('a'), find('a')]);
    await find('a');
    expect(readings).to.equal(1);
  });

  it('are read anew after five minutes, and one that was withdrawn is gone', async () => {
    const [a, b] = [await publicKey('a'), await publicKey('b')];
    source = async () => ({ keys: [a, b] });
    await find('b');
    source = async () => ({ keys: [a] });
    now += 5 * minuteMs;
    await find('b');
    now += 1;
    expect((await failure(find('b'))).code).to.equal('ERR_JWKS_NO_MATCHING_KEY');
    await find('a');
  });

  it('are read anew for a key that is not known, but not for each', async () => {
    const [a, b] = [await publicKey('a'), await publicKey('b')];
    source = async () => ({ keys: [a] });
    await find('a');
    source = async () => ({ keys: [b] });
    now += 10_000;
    await Promise.all([find('b'), find('b')]);
    expect(readings).to.equal(2);
    for (let i = 0; i < 10; i += 1) await failure(find('c'));
    expect(readings).to.equal(2);
  });

  it('stay in use while they cannot be read, which is tried again each ten seconds', async () => {
    const keys = [await publicKey('a')];
    source = async () => ({ keys });
    await find('a');
    source = () => Promise.reject(new Error('no answer'));
    now += 5 * minuteMs + 1;
    await find('a');
    await find('a');
    expect([readings, warnings]).to.deep.equal([2, 1]);
    now += 10_000;
    await find('a');
    expect([readings, warnings]).to.deep.equal([3, 2]);
  });

  it('keep nobody waiting for a source that does not answer, once that is known', async () => {
    const keys = [await publicKey('a')];
    source = async () => ({ keys });
    await find('a');
    source = () => Promise.reject(new Error('no answer'));
    now += 5 * minuteMs + 1;
    await find('a');
    const silence = Promise.withResolvers<JSONWebKeySet>();
    source = () => silence.promise;
    now += 10_000;
    await find('a');
    expect(readings).to.equal(3);
    silence.resolve({ keys: [await publicKey('b')] });
    await find('b');
    expect((await failure(find('a'))).code).to.equal('ERR_JWKS_NO_MATCHING_KEY');
  });

  it('that could never be read leave everybody without an answer until they can', async () => {
    source = () => Promise.reject(new Error('no answer'));
    expect(await failure(find('a'))).to.be.instanceOf(KeysUnavailable);
    const keys = [await publicKey('a')];
    source = async () => ({ keys });
    expect(await failure(find('a'))).to.be.instanceOf(KeysUnavailable);
    now += 10_000;
    await find('a');
  });

  it('leave out what no signature can be verified with, and say so', async () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const keys = [
      await publicKey('a'),
      { ...short.export({ format: 'jwk' }), kid: 'short' },
      { kty: 'RSA', kid: 'empty' },
      { kty: 'EC', crv: 'P-256', x: 'a', y: 'b', kid: 'nowhere' },
      { ...(await publicKey('signs')), key_ops: ['verify', 'sign'] },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'a', kid: 'of another kind' },
    ] as JWK[];
    source = async () => ({ keys });
    await find('a');
    expect(warnings).to.equal(4);
    for (const { kid } of keys.slice(1)) {
      expect((await failure(find(kid as string))).code, kid).to.equal('ERR_JWKS_NO_MATCHING_KEY');
    }
    source = async () => ({ keys: keys.slice(1, 5) });
    now += 5 * minuteMs + 1;
    await find('a');
    expect(warnings).to.equal(4 + 4 + 1);
  });

  it('come from a file, or from an address that is not led elsewhere', async () => {
    const set = { keys: [await publicKey('a')] };
    const directory = mkdtempSync(join(tmpdir(), 'orders-keys-'));
    const server = createServer((req, res) => {
      if (req.url === '/keys') return void res.end(JSON.stringify(set));
      res.writeHead(req.url === '/moved' ? 302 : 500, { Location: '/keys' }).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const file = join(directory, 'keys.json');
      writeFileSync(file, JSON.stringify(set));
      expect(await readKeyFile(file)).to.deep.equal(set);
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      expect(await fetchKeys(`${url}/keys`)).to.deep.equal(set);
      expect(await failure(fetchKeys(`${url}/moved`))).to.be.instanceOf(Error);
      expect((await failure(fetchKeys(`${url}/broken`))).message).to.match(/answered 500/);
    } finally {
      server.closeAllConnections();
      server.close();
      rmSync(directory, { recursive: true });
    }
  });

  for (const [what, content] of [
    ['is not JSON', '{'],
    ['has no keys', '{"keys": []}'],
    ['is a single key', '{"kty": "OKP"}'],
    ['has a private key', '{"keys": [{"kty": "OKP", "x": "a", "d": "b"}]}'],
    ['has a secret', '{"keys": [{"kty": "oct", "k": "a"}]}'],
  ] as const) {
    it(`are not taken from a file that ${what}`, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'orders-keys-'));
      const file = join(directory, 'keys.json');
      writeFileSync(file, content);
      expect(await failure(readKeyFile(file))).to.be.instanceOf(Error);
      rmSync(directory, { recursive: true });
    });
  }
});
