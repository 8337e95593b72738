import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

/**
 * Does the work while no other process does, held off by a file with this process's id. A process
 * that died in its turn holds nobody up. Gives up its place in the queue when told to stop.
 */
export async function withTurn(file, stops, work) {
  let told = false;
  while (!takeTurn(file)) {
    if (stops.times > 0) return;
    if (!told) process.stderr.write(`Another process is at it (${file}); waiting for it …\n`);
    told = true;
    await wait(LOOK_AGAIN_MS);
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** The file appears with its content or not at all. */
function takeTurn(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isHeld(file)) rmSync(file, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function isHeld(file) {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    // To 0 a signal goes to this process itself, among others.
    if (!(pid > 0)) return false;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
