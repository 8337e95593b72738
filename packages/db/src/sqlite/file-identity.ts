import { statSync } from 'node:fs';

/** Tells the file that has this path now from one that had it, or will have; the same for all that cannot be seen. */
export function fileIdentity(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return 'none';
  }
}
