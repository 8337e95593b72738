import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place on the disk, and whatever else is to be gone when the work on it is over. */
export interface Scratch {
  /** A path in a directory that nobody else uses. */
  path(name: string): string;
  /** Called at the end, the last one given first. */
  atEnd(undo: () => void | Promise<void>): void;
}

/** All that still has to be done should the process end now. */
const open = new Set<{ directory: string }>();

/** Runs the work; what it leaves is gone afterwards, however it ended. */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'orders-bench-'));
  const undos: (() => void | Promise<void>)[] = [];
  const entry = { directory };
  open.add(entry);
  try {
    return await work({
      path: (name) => join(directory, name),
      atEnd: (undo) => undos.push(undo),
    });
  } finally {
    for (const undo of undos.reverse()) await undo();
    rmSync(directory, { recursive: true, force: true });
    open.delete(entry);
  }
}

/** For the last moment of the process, in which nothing can be waited for. */
export function removeScratches(): void {
  for (const { directory } of open) rmSync(directory, { recursive: true, force: true });
}
