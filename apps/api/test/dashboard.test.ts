import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import express from 'express';
import { dashboardFiles, dashboardRoutes, readPage } from '../src/dashboard.ts';
import { answerErrors } from '../src/errors.ts';

const files = {
  'index.html': '<title>Orders</title>',
  'assets/main-x1.js': 'render();'.repeat(99),
  'assets/main-x1.css': 'p {}',
  '.built': 'a stamp',
};

describe('the dashboard', () => {
  let folder: string;
  let server: Server;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'orders-page-'));
    mkdirSync(join(folder, 'assets'));
    for (const [path, text] of Object.entries(files)) {
      writeFileSync(join(folder, path), text);
      writeFileSync(join(folder, `${path}.br`), brotliCompressSync(text));
      writeFileSync(join(folder, `${path}.gz`), gzipSync(text));
    }
    const page = readPage(pathToFileURL(`${folder}/`));
    const app = express().set('etag', false);
    app.use('/dashboard', dashboardFiles(page));
    app.use(dashboardRoutes(page));
    app.use('/without', dashboardRoutes(readPage(pathToFileURL(`${folder}/none/`))));
    app.use(answerErrors({} as never));
    server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(async () => {
    server.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true });
  });

  async function ask(path: string, headers: Record<string, string> = {}) {
    const { port } = server.address() as AddressInfo;
    const request = get({ port, host: '127.0.0.1', path, headers, agent: false });
    const [answer] = await once(request, 'response');
    const body = Buffer.concat(await answer.toArray());
    return { status: answer.statusCode, headers: answer.headers as IncomingHttpHeaders, body };
  }

  it('is a page without inline scripts, which asks each time whether there is a newer one', async () => {
    const { headers, body } = await ask('/dashboard');
    expect(`${body}`).to.equal(files['index.html']);
    expect(headers['cache-control']).to.equal('no-cache');
    const policy = headers['content-security-policy'];
    expect(policy).to.include("default-src 'none'").and.include("script-src 'self'");
    expect(policy).to.not.include('unsafe');
    const again = await ask('/dashboard', { 'If-None-Match': headers.etag as string });
    expect([again.status, again.body.length]).to.deep.equal([304, 0]);
  });

  it('has scripts and styles that are kept for ever', async () => {
    const { status, headers, body } = await ask('/dashboard/assets/main-x1.css');
    expect([status, `${body}`]).to.deep.equal([200, files['assets/main-x1.css']]);
    expect(headers['content-type']).to.equal('text/css; charset=utf-8');
    expect(headers['cache-control']).to.equal('public, max-age=31536000, immutable');
  });

  it('comes as compressed as the browser can take it', async () => {
    const path = '/dashboard/assets/main-x1.js';
    const text = files['assets/main-x1.js'];
    const br = await ask(path, { 'Accept-Encoding': 'gzip, deflate, br, zstd' });
    expect(br.headers['content-encoding']).to.equal('br');
    expect(`${brotliDecompressSync(br.body)}`).to.equal(text);
    const gzip = await ask(path, { 'Accept-Encoding': 'gzip' });
    expect(gzip.headers['content-encoding']).to.equal('gzip');
    expect(`${gunzipSync(gzip.body)}`).to.equal(text);
    for (const headers of [{}, { 'Accept-Encoding': 'br;q=0, gzip;q=0' }]) {
      const plain = await ask(path, headers);
      expect(plain.headers).to.not.have.property('content-encoding');
      expect(plain.headers.vary).to.equal('Accept-Encoding');
      expect(`${plain.body}`).to.equal(text);
    }
  });

  it('shows nothing else that lies in its folder, or beside it', async () => {
    for (const path of ['/.built', '/assets/main-x1.js.br', '/assets', '/../package.json', '/x']) {
      expect((await ask(`/dashboard${path}`)).status, path).to.equal(404);
    }
  });

  it('says what to do where it was not built', async () => {
    const { status, body } = await ask('/without/dashboard');
    expect(status).to.equal(404);
    expect(JSON.parse(`${body}`).detail).to.equal(
      'The page is not built here; npm start builds it',
    );
  });
});
