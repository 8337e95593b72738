import { statSync } from 'node:fs';

/** Tells the file that has this path now from one that had it, or will have. */
export function fileIdentity(path: string): string {
  const file = statSync(path, { throwIfNoEntry: false });
  return `${file?.dev}:${file?.ino}`;
}
