import { readFileSync, rmSync, writeFileSync } from 'node:fs';
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
    if (!told) process.stderr.write('Another process is installing; waiting for it …\n');
    told = true;
    await wait(LOOK_AGAIN_MS);
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function takeTurn(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!isHeld(file)) rmSync(file, { force: true });
    return false;
  }
}

function isHeld(file) {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
