import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

import { processesOfEachTest, program } from '../src/processes.ts';

describe('a process that cannot work', () => {
  const start = processesOfEachTest();
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'orders-refusals-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  async function refusal(app: 'api' | 'worker', env: Record<string, string>): Promise<string> {
    const refused = start(process.execPath, program(app), env);
    expect(await refused.ended).to.equal(1);
    return refused.text;
  }

  it('names all wrong settings of the API at once', async () => {
    const text = await refusal('api', {
      PORT: 'abc',
      DATABASE_URL: 'mysql://x',
      LOG_LEVEL: 'loud',
    });
    expect(text)
      .to.match(/PORT="abc"/)
      .and.match(/DATABASE_URL="mysql:\/\/x"/)
      .and.match(/LOG_LEVEL="loud"/);
    expect(text.trim().split('\n')).to.have.length(3);
  });

  it('does not listen to other machines unless it knows who is asking', async () => {
    const text = await refusal('api', { HOST: '0.0.0.0', PORT: '0' });
    expect(text).to.match(/^error: HOST="0\.0\.0\.0" is not allowed.*AUTH_JWT_SECRET.*AUTH=off/);
  });

  it('says in a line why it cannot use the keys of tokens', async () => {
    const path = join(directory, 'keys.json');
    writeFileSync(path, '{"keys": [{"kty": "oct", "k": "secret"}]}');
    const text = await refusal('api', { AUTH_JWKS_FILE: path, PORT: '0' });
    expect(text).to.equal(
      `error: AUTH_JWKS_FILE=${path}: it must hold public keys, and nothing else\n`,
    );
  });

  it('names all wrong settings of the worker at once', async () => {
    const text = await refusal('worker', {
      WORKER_CONCURRENCY: '0',
      DATABASE_URL: 'mysql://x',
      PROCESSOR: 'no/such/processor.js',
      LEASE_MS: '1.5',
      RETRY_BACKOFF_MS: '3600001',
    });
    const names = ['WORKER_CONCURRENCY', 'DATABASE_URL', 'PROCESSOR', 'LEASE_MS'];
    for (const name of [...names, 'RETRY_BACKOFF_MS']) {
      expect(text).to.match(new RegExp(`${name}=`));
    }
    expect(text.trim().split('\n')).to.have.length(5);
  });

  for (const app of ['api', 'worker'] as const) {
    it(`says in a line why it cannot use the database (${app})`, async () => {
      const path = join(directory, 'text.db');
      writeFileSync(path, 'no database at all, only text that goes on for a while. '.repeat(20));
      const text = await refusal(app, { DATABASE_URL: `file:${path}`, PORT: '0' });
      expect(text).to.equal(`error: ${path} is not a SQLite database (SQLITE_NOTADB).\n`);
    });
  }

  it('says in a line why it cannot use the processor', async () => {
    const path = join(directory, 'seven.mjs');
    writeFileSync(path, 'export default 7');
    const DATABASE_URL = `file:${join(directory, 'orders.db')}`;
    const text = await refusal('worker', { DATABASE_URL, PROCESSOR: path });
    expect(text).to.equal(`error: ${path}: its default export is not a function\n`);
  });
});
