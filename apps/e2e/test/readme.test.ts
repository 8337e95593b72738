import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { settingsSchema as apiSettings } from '@orders/api/settings';
import { closeDatabase, openDatabase, readMetrics } from '@orders/db';
import { settingsSchema as workerSettings } from '@orders/worker/settings';
import { expect } from 'chai';

import { root } from '../src/processes.ts';
import { serviceOfEachTest } from '../src/service.ts';

const run = promisify(execFile);
const readme = readFileSync(join(root, 'README.md'), 'utf8');
/** Each shell block, and the answer that is shown under it, if any. */
const examples = [...readme.matchAll(/```sh\n(.*?)```\n(?:\n```json\n(.*?)```)?/gs)].map(
  ([, command, answer]) => ({ command: command ?? '', answer }),
);

describe('the README', () => {
  const service = serviceOfEachTest();

  it('shows curl commands with their true answers', async () => {
    const [api] = await Promise.all([service.api(), service.worker()]);
    const curls = examples.filter(({ command }) => command.startsWith('curl'));
    expect(curls.length).to.be.at.least(5);
    for (const { command, answer } of curls) {
      const pasted = command.replaceAll('http://localhost:8000', api.url);
      let said = '';
      // An order takes its two seconds: what is shown is what it comes to.
      do said = (await run('sh', ['-c', pasted])).stdout;
      while (/"status":"P|"processing_orders":1/.test(said));
      expect(lasting(JSON.parse(said)), command).to.deep.equal(lasting(JSON.parse(answer ?? '')));
    }
  });

  it('shows how to make a token, and what it is good for', async () => {
    const AUTH_JWT_SECRET = 'a secret of at least 32 bytes, for tests';
    const api = await service.api({ AUTH_JWT_SECRET });
    const { command = '', answer = '' } =
      examples.find(({ command }) => command.includes('npm run -s token')) ?? {};
    const pasted = command.replaceAll('http://localhost:8000', api.url);
    const env = { ...process.env, AUTH_JWT_SECRET };
    const { stdout } = await run('sh', ['-c', pasted], { cwd: root, env });
    expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(answer));
    const withoutToken = pasted.replace(/-H "Authorization.*/, '\\');
    const refused = await run('sh', ['-c', withoutToken], { cwd: root, env });
    expect(JSON.parse(refused.stdout).status).to.equal(401);
  });

  it('shows a backup command whose copy is whole', async () => {
    const url = await service.apiHere();
    const place = examples[1]?.command.replaceAll('http://localhost:8000', url) ?? '';
    await run('sh', ['-c', place]);
    const backup = examples.find(({ command }) => command.includes('orders -- backup'));
    const directory = mkdtempSync(join(tmpdir(), 'orders-backup-'));
    try {
      const file = join(directory, 'backup.db');
      const pasted = backup?.command.replace('backup.db', file) ?? 'false';
      const env = { ...process.env, DATABASE_URL: service.url };
      await run('sh', ['-c', pasted], { cwd: root, env });
      const copy = await openDatabase(`file:${file}`);
      expect(await readMetrics(copy)).to.include({ totalOrders: 1 });
      await closeDatabase(copy);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('lists every setting with its default', () => {
    const shape = { ...workerSettings.shape, ...apiSettings.shape };
    const settings = Object.entries(shape).map(([name, field]) => [
      name,
      String(field.parse(undefined) ?? ''),
    ]);
    const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (?:`(.*?)` )?\|/gm)];
    const listed = rows.map(([, name, byDefault]) => [name, byDefault ?? '']);
    expect(listed.toSorted()).to.deep.equal(settings.toSorted());
  });
});

/** The answer without what differs each time: times, and ids of requests. */
function lasting(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => {
      if (/_at$|^request_id$/.test(key) && typeof inner === 'string') return `<${key}>`;
      return /_time_sec$/.test(key) ? typeof inner : inner;
    }),
  );
}
