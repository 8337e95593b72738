import { readSettings } from '@orders/runtime';
import { expect } from 'chai';
import { asksForTokens, limitsOf, settingsSchema } from '../src/settings.ts';

const secret = 'x'.repeat(32);

const read = (env: NodeJS.ProcessEnv) => readSettings(settingsSchema, env);

/** What is said of each setting that is wrong. */
function mistakes(env: NodeJS.ProcessEnv): string[] {
  try {
    read(env);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('the settings of the API', () => {
  it('ask nobody for a token, and listen to this machine alone, unless something is set', () => {
    const settings = read({});
    expect(settings.HOST).to.equal('127.0.0.1');
    expect(asksForTokens(settings)).to.equal(false);
  });

  const own = ['127.0.0.1', '127.0.0.2', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'];
  for (const HOST of [...own, 'localhost', 'name.of.which.is.asked.later']) {
    it(`let everybody of this machine in at ${HOST}`, () => {
      expect(mistakes({ HOST })).to.deep.equal([]);
    });
  }

  for (const HOST of ['0.0.0.0', '::', '192.168.1.2', '::ffff:10.0.0.1', '::ffff:0.0.0.0']) {
    it(`let nobody in without a token at ${HOST}, unless that is insisted on`, () => {
      const [said, ...others] = mistakes({ HOST });
      expect(others).to.deep.equal([]);
      expect(said)
        .to.match(new RegExp(`^HOST="${HOST}" is not allowed`))
        .and.include('set one of AUTH_JWT_SECRET, AUTH_JWKS_URL, AUTH_JWKS_FILE')
        .and.include('AUTH=off');
      expect(asksForTokens(read({ HOST, AUTH_JWT_SECRET: secret }))).to.equal(true);
      expect(asksForTokens(read({ HOST, AUTH: 'off' }))).to.equal(false);
    });
  }

  it('ask for tokens where keys are set, unless that is switched off', () => {
    for (const keys of [
      { AUTH_JWT_SECRET: secret },
      { AUTH_JWKS_URL: 'https://shop.example/keys' },
      { AUTH_JWKS_FILE: 'keys.json' },
    ]) {
      expect(asksForTokens(read(keys))).to.equal(true);
      expect(asksForTokens(read({ ...keys, AUTH: 'on' }))).to.equal(true);
      expect(asksForTokens(read({ ...keys, AUTH: 'off' }))).to.equal(false);
    }
  });

  it('are refused when tokens are to be asked for, and nothing says how to verify them', () => {
    expect(mistakes({ AUTH: 'on' })).to.have.length(1);
    expect(mistakes({ AUTH: 'yes' })).to.deep.equal([
      'AUTH="yes" is not allowed; it must be on or off',
    ]);
  });

  it('take keys from one place only', () => {
    const AUTH_JWKS_URL = 'https://shop.example/keys';
    const said = mistakes({ AUTH_JWT_SECRET: secret, AUTH_JWKS_URL, AUTH_JWKS_FILE: 'keys.json' });
    expect(said.map((line) => line.split('=')[0])).to.deep.equal([
      'AUTH_JWKS_URL',
      'AUTH_JWKS_FILE',
    ]);
  });

  for (const AUTH_JWKS_URL of [
    ...['keys', 'http://shop.example/keys', 'file:///keys', 'ftp://h/k'],
    ...['https://me:s3cret@shop.example/keys', 'https://me@shop.example/keys'],
  ]) {
    it(`take no keys from ${AUTH_JWKS_URL}`, () => {
      const said = mistakes({ AUTH_JWKS_URL });
      expect(said).to.have.length(1);
      expect(said[0]).to.not.include('s3cret');
    });
  }

  for (const AUTH_JWKS_URL of ['http://127.0.0.1:1/k', 'http://[::1]/k', 'http://localhost/k']) {
    it(`take keys from this machine unencrypted: ${AUTH_JWKS_URL}`, () => {
      expect(mistakes({ AUTH_JWKS_URL })).to.deep.equal([]);
    });
  }

  it('are told to be wrong all at once, and no secret is ever shown', () => {
    const said = mistakes({
      HOST: '0.0.0.0',
      PORT: 'x',
      AUTH: 'off ',
      AUTH_JWT_SECRET: 'too short a secret',
      AUTH_JWKS_FILE: 'keys.json',
      AUTH_JWKS_URL: 'http://me:s3cret@shop.example/',
    });
    expect(said.map((line) => line.split('=')[0])).to.have.members([
      ...['PORT', 'AUTH', 'AUTH_JWT_SECRET', 'AUTH_JWKS_URL', 'AUTH_JWKS_URL', 'AUTH_JWKS_FILE'],
    ]);
    expect(said.join()).to.not.match(/too short|s3cret/);
    expect(said.join()).to.include('AUTH_JWT_SECRET=*** is not allowed');
  });

  for (const [TRUST_PROXY, trustProxy] of [
    ['', false],
    ['2', 2],
    ['127.0.0.1', ['127.0.0.1']],
    ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ] as const) {
    it(`believe a proxy as far as is said: ${TRUST_PROXY || 'not at all'}`, () => {
      expect(limitsOf(read({ TRUST_PROXY })).trustProxy).to.deep.equal(trustProxy);
    });
  }

  for (const TRUST_PROXY of [
    ...['true', '0', '10', '10.0.0.0/33', 'a', '1,2', '127.0.0.1,', '::1/a'],
    ...['0.0.0.0/0', '::/0'],
  ]) {
    it(`believe no proxy that is called ${TRUST_PROXY}`, () => {
      expect(mistakes({ TRUST_PROXY })).to.have.length(1);
    });
  }

  it('count the bytes of a secret, not its characters', () => {
    expect(mistakes({ AUTH_JWT_SECRET: 'x'.repeat(31) })).to.have.length(1);
    expect(mistakes({ AUTH_JWT_SECRET: 'é'.repeat(16) })).to.deep.equal([]);
  });
});
