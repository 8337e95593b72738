/**
 * Comes before a program: `node --import ./packages/runtime/src/prepare.mjs program.ts`.
 *
 * Ends the process with clear words and status 1 on a Node that is too old: one before 22.18 cannot
 * read TypeScript by itself, and better-sqlite3 crashes one before 22 (segmentation fault).
 *
 * Keeps what Node compiles for the next start, which takes half the time then. Where it cannot be
 * kept, a start takes as long as the first.
 *
 * Plain JavaScript that any Node from 18 on can read.
 */
import module from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 18];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1])) {
  process.stderr.write(
    `error: Node ${NEEDED.join('.')} or newer is needed; this is ${process.version}. ` +
      'node_modules/.bin/node is one that fits; "npm start" uses it.\n',
  );
  process.exit(1);
}

// Not in the system's folder for temporary files, where others may write, too.
module.enableCompileCache(
  fileURLToPath(new URL('../../../node_modules/.cache/node', import.meta.url)),
);
