import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { sharedSecret } from '../../src/auth/keys.ts';
import { createVerifier } from '../../src/auth/tokens.ts';
import { secret } from './given.ts';

const run = promisify(execFile);
const program = join(import.meta.dirname, '../../src/token.ts');

const make = (args: string[], env: NodeJS.ProcessEnv = { AUTH_JWT_SECRET: secret }) =>
  run(process.execPath, [program, ...args], { env: { PATH: process.env.PATH, ...env } });

async function refusal(args: string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { code, stdout, stderr } = await make(args, env).catch((error) => error);
  expect([code, stdout]).to.deep.equal([1, '']);
  return stderr;
}

const good = ['--sub', 'user_1', '--scope', 'orders:read metrics:read'];

describe('npm run token', () => {
  it('makes a token that the API accepts for as long as was asked for', async () => {
    const env = { AUTH_JWT_SECRET: secret, AUTH_ISSUER: 'shop', AUTH_AUDIENCE: 'orders' };
    const { stdout } = await make([...good, '--expires', '2h'], env);
    const rules = { keys: sharedSecret(secret), issuer: 'shop', audience: 'orders' };
    const token = stdout.trim();
    const caller = await createVerifier(rules)(token);
    expect([caller.user, ...caller.scopes]).to.deep.equal([
      ...['user_1', 'orders:read', 'metrics:read'],
    ]);
    const inMinutes = (minutes: number) => Date.now() + minutes * 60_000;
    expect((await createVerifier(rules, () => inMinutes(119))(token)).user).to.equal('user_1');
    const late = await createVerifier(rules, () => inMinutes(121))(token).catch((error) => error);
    expect(late.message).to.match(/expired/);
  });

  it('says what is missing without a secret, with one to take', async () => {
    const said = await refusal(good, {});
    expect(said).to.match(/^error: AUTH_JWT_SECRET is not set/);
    const [, suggested = ''] = /AUTH_JWT_SECRET=(\S+)/.exec(said) ?? [];
    expect(suggested).to.have.length.of.at.least(32);
  });

  it('says what is wrong with what it is given', async () => {
    const said = await Promise.all([
      refusal(['--sub', 'user_1']),
      refusal([...good, '--expires', 'soon']),
      refusal([...good, '--admin']),
      refusal(['--sub', 'user_1', '--scope', 'orders:write root']),
      refusal(good, { AUTH_JWT_SECRET: 'short' }),
    ]);
    expect(said[0]).to.match(/--sub and --scope have to be given/);
    expect(said[1]).to.match(/--expires soon is not a time/);
    expect(said[2]).to.match(/--admin/);
    expect(said[3]).to.match(/^error: root is none of the scopes .*orders:admin/);
    expect(said[4]).to.match(/AUTH_JWT_SECRET=\*\*\*/);
  });
});
