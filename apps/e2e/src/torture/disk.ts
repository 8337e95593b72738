import { basename } from 'node:path';

import type { Random } from './random.ts';
import type { Call } from './trace.ts';

const sector = 512;

interface File {
  /** What a sync has confirmed. */
  readonly kept: Image;
  /** What was written since, in its order. */
  unsynced: Call[];
}

/** The content of a file: the first `length` bytes. */
interface Image {
  bytes: Buffer;
  length: number;
}

/** What is on a disk while traced processes write to it. */
export interface Disk {
  happen(call: Call): void;
  /**
   * The files as a power cut at this moment may leave them: all that was synced, and of what was
   * not, any sectors, in any order; none for `none`.
   */
  cut(random: Random, of: 'none' | 'some' | 'all'): Map<string, Buffer>;
}

/** @param isKept - which files are looked at */
export function createDisk(isKept: (path: string) => boolean): Disk {
  const files = new Map<string, File>();

  function fileOf(path: string): File {
    const file = files.get(path) ?? { kept: { bytes: Buffer.alloc(0), length: 0 }, unsynced: [] };
    files.set(path, file);
    return file;
  }

  return {
    happen(call) {
      if (!isKept(call.file)) return;
      const file = fileOf(call.file);
      if (call.name === 'pwrite64' || call.name === 'ftruncate') file.unsynced.push(call);
      if (call.name !== 'fsync' && call.name !== 'fdatasync') return;
      for (const change of file.unsynced) if (change.nth < call.nth) make(change, file.kept);
      file.unsynced = file.unsynced.filter(({ nth }) => nth >= call.nth);
    },
    cut(random, of) {
      const isThere = () => of === 'all' || (of === 'some' && random.next() < 0.5);
      return new Map(
        [...files].map(([path, { kept, unsynced }]) => {
          const left = { ...kept, bytes: Buffer.from(kept.bytes) };
          for (const change of unsynced.flatMap(sectors).filter(isThere)) make(change, left);
          return [basename(path), left.bytes.subarray(0, left.length)];
        }),
      );
    },
  };
}

/** A write may be torn where one sector ends. */
function sectors(call: Call): Call[] {
  if (call.name === 'ftruncate') return [call];
  const parts: Call[] = [];
  for (let from = 0; from < call.bytes.length; ) {
    const to = from + sector - ((call.at + from) % sector);
    parts.push({ ...call, at: call.at + from, bytes: call.bytes.subarray(from, to) });
    from = to;
  }
  return parts;
}

function make({ name, at, bytes }: Call, image: Image): void {
  if (name === 'ftruncate') {
    image.bytes.fill(0, Math.min(at, image.bytes.length));
    image.length = at;
  }
  const end = at + bytes.length;
  if (end > image.bytes.length) {
    const larger = Buffer.alloc(2 * end);
    image.bytes.copy(larger);
    image.bytes = larger;
  }
  bytes.copy(image.bytes, at);
  image.length = Math.max(image.length, end);
}
