/** Copies frames for frame-copier.ts, which starts it. */
import { fdatasyncSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';

import { configure } from './connect.ts';
import { fileIdentity } from './file-identity.ts';
import { done, type FrameCopierData } from './frame-copier.ts';

/** So many frames are left to whoever writes: 3 ms, where they belong all over a large file. */
const fewFrames = 100;

const { path, file, state } = workerData as FrameCopierData;
const database = new BetterSqlite3(path, { fileMustExist: true, timeout: 0 });
if (fileIdentity(path) !== file) throw new Error(`${path} is another file by now`);
configure(path, database);
const look = database.prepare<[], Frames>('pragma wal_checkpoint(noop)');
const copySome = database.prepare<[], Frames>('pragma wal_checkpoint(passive)');
// Never closed: by that the process would lose all locks that its connections have on the file.
// https://www.sqlite.org/howtocorrupt.html, 2.2
const descriptor = openSync(path, 'r');

parentPort?.on('message', (question: 'copy' | 'end') => {
  if (question === 'end') return end();
  try {
    copy();
  } catch {
    // Whoever writes tries the same, and hears of it when he cannot write.
  }
  Atomics.store(state, 0, done);
});

/** In rounds, each for what was written during the one before, while each is half as long. */
function copy(): void {
  let last = Number.POSITIVE_INFINITY;
  for (let left = framesLeft(); left > fewFrames && left < last / 2; left = framesLeft()) {
    last = left;
    const somebodyElseCopies = copySome.get()?.busy !== 0;
    if (somebodyElseCopies) return;
    // SQLite syncs the file only when all frames were copied, which is when somebody waits for it.
    fdatasyncSync(descriptor);
  }
}

function framesLeft(): number {
  const frames = look.get();
  return frames === undefined ? 0 : frames.log - frames.checkpointed;
}

function end(): void {
  database.close();
  parentPort?.close();
}

interface Frames {
  readonly busy: number;
  readonly log: number;
  readonly checkpointed: number;
}
