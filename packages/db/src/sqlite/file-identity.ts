import { statSync } from 'node:fs';

/**
 * Tells the file that has this path now from one that had it, or will have. What cannot be seen is
 * none.
 */
export function fileIdentity(path: string): string {
  try {
    const { dev, ino } = statSync(path);
    return `${dev}:${ino}`;
  } catch {
    return 'none';
  }
}
