import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_AGAIN_MS = 200;

/**
 * Does the work while no other process does, held off by a file that names this process. A process
 * that died in its turn holds nobody up, nor does another one that has got its id since, where /proc
 * tells them apart; in a container that is often the very next. Gives up its place in the queue when
 * told to stop.
 */
export async function withTurn(file, stops, work) {
  let told = false;
  while (!takeTurn(file)) {
    if (stops.times > 0) return;
    if (!told) {
      process.stderr.write(
        `Another process is at it; waiting for it … Should there be none, delete ${file}\n`,
      );
    }
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
  writeFileSync(mine, `${process.pid} ${beganAt(process.pid)}`);
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
    const [pid, began] = readFileSync(file, 'utf8').split(' ');
    // This process is not at it. To 0 a signal goes to it as well, among others.
    if (!(pid > 0) || Number(pid) === process.pid || !isThere(Number(pid))) return false;
    return !began || [began, ''].includes(beganAt(pid));
  } catch {
    return true; // It has just been given back, most likely: by now it may be somebody else's.
  }
}

function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Since when a process runs, in ticks since the machine booted; '' where nobody says. */
function beganAt(pid) {
  try {
    // Behind the name, which may hold anything: proc_pid_stat(5), field 22.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ')[19];
  } catch {
    return '';
  }
}
