/** Copies frames for frame-copier.ts, which starts it. */
import { fdatasyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';

import { configure } from './connect.ts';
import { fileIdentity } from './file-identity.ts';
import { done, type FrameCopierData } from './frame-copier.ts';

/** So many frames are left to whoever writes: a millisecond or two. */
const fewFrames = 500;

const { path, file, state } = workerData as FrameCopierData;
const copier = fileIdentity(path) === file ? open() : undefined;

parentPort?.on('message', (question: 'copy' | 'end') => {
  if (question === 'end') return end();
  try {
    copier?.copy();
  } finally {
    Atomics.store(state, 0, done);
  }
});

function end(): void {
  copier?.close();
  parentPort?.close();
}

function open() {
  const database = new BetterSqlite3(path, { fileMustExist: true, timeout: 0 });
  configure(path, database);
  const look = database.prepare<[], Frames>('pragma wal_checkpoint(noop)');
  const copySome = database.prepare('pragma wal_checkpoint(passive)');
  // Never closed: by that the process would lose all locks that its connections have on the file.
  // https://www.sqlite.org/howtocorrupt.html, 2.2
  const descriptor = openSync(path, 'r');

  function framesLeft(): number {
    const frames = look.get();
    return frames === undefined ? 0 : frames.log - frames.checkpointed;
  }

  return {
    /** In rounds, each for what was written during the one before, as long as they get shorter. */
    copy() {
      let last = Number.POSITIVE_INFINITY;
      for (let left = framesLeft(); left > fewFrames && left < last; left = framesLeft()) {
        last = left;
        copySome.get();
        // SQLite syncs the file only when all frames have been copied, which is when somebody waits.
        fdatasyncSync(descriptor);
      }
    },
    close: () => database.close(),
  };
}

interface Frames {
  readonly log: number;
  readonly checkpointed: number;
}
