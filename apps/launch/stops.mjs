import { EventEmitter } from 'node:events';

const REPEAT_MS = 1000;
const PARENT_MS = 500;

/**
 * Hears that somebody wants everything to end: SIGINT, SIGTERM, SIGHUP; that nobody reads the
 * output any more; or that the npm which started this is gone. npm passes SIGINT and SIGTERM on,
 * but dies of SIGHUP and SIGKILL alone. Output that cannot be written for another reason, such as a
 * full disk, is lost and stops nothing.
 *
 * Emits `stop` with how often it was asked. What comes within a second of the last one counts as
 * the same wish: on Ctrl-C the terminal and npm both send the signal. Only a signal asks a second
 * time: who is told to stop has its grace, whoever may be gone meanwhile.
 *
 * @returns an emitter with `times`; 0: nobody asked yet
 */
export function hearStops() {
  const stops = Object.assign(new EventEmitter(), { times: 0 });
  let heardAt = Number.NEGATIVE_INFINITY;

  function hear() {
    if (performance.now() - heardAt < REPEAT_MS) return;
    heardAt = performance.now();
    stops.times += 1;
    stops.emit('stop', stops.times);
  }

  function hearNobodyIsThere() {
    if (stops.times === 0) hear();
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, hear);
  for (const output of [process.stdout, process.stderr]) {
    output.on('error', ({ code }) => {
      // EIO: the terminal is gone. Of a file it means its disk.
      if (code === 'EPIPE' || (code === 'EIO' && output.isTTY)) hearNobodyIsThere();
    });
  }

  if (process.env.npm_lifecycle_event !== undefined) {
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      hearNobodyIsThere();
    }, PARENT_MS);
    watch.unref();
  }
  return stops;
}
