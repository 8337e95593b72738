import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';

/** How often a second the disk of this path takes 4 KiB more, each time for good. */
export function syncsPerSecond(path: string, seconds: number): number {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096, 1);
  const begin = performance.now();
  let syncs = 0;
  while (performance.now() - begin < seconds * 1000) {
    writeSync(file, block);
    fdatasyncSync(file);
    syncs += 1;
  }
  const perSecond = (syncs * 1000) / (performance.now() - begin);
  closeSync(file);
  return perSecond;
}
