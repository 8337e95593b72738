/**
 * Ends the process with clear words and status 1 unless it runs on Node 22 or newer.
 *
 * Must be the first import of a `main.ts`: imports are evaluated in the order in which they stand,
 * so this comes before better-sqlite3 is loaded, which crashes an older Node (segmentation fault).
 */
const NEEDED = 22;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  process.stderr.write(
    `error: Node ${NEEDED} or newer is needed; this is ${process.version}. ` +
      'node_modules/.bin/node is one that fits; "npm start" uses it.\n',
  );
  process.exit(1);
}

export {};
