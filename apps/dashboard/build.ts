/**
 * Builds the page into dist/: one script, one style sheet, and the document that names them, each
 * also compressed, so that nobody has to compress them while requests wait. Run by Node itself.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = import.meta.dirname;
const outDir = join(root, 'dist');

await build({
  root,
  // Absolute: the page answers with and without the slash at its end.
  base: '/dashboard/',
  configFile: false,
  envDir: false,
  publicDir: false,
  logLevel: 'warn',
  build: { outDir, emptyOutDir: true, modulePreload: false, assetsInlineLimit: 0 },
});

for (const path of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
  if (!/\.(css|html|js|svg)$/.test(path)) continue;
  const content = readFileSync(join(outDir, path));
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length };
  writeFileSync(join(outDir, `${path}.br`), brotliCompressSync(content, { params }));
  writeFileSync(join(outDir, `${path}.gz`), gzipSync(content, { level: 9 }));
}
