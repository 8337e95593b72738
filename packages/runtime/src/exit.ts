/** Exit statuses, and what they say to whoever started the process. */
export const STOPPED = 0;
/**
 * It cannot work, or could not stop in order, and has said why. Starting it again helps only where
 * it was up before: then it may pass.
 */
export const TOLD_WHY = 1;
/** It died of a mistake in the program (EX_SOFTWARE of sysexits.h). */
export const BROKEN = 70;

let meant = false;

/** Ends the process with a status that says what it means. */
export function endProcess(status: typeof STOPPED | typeof TOLD_WHY | typeof BROKEN): never {
  meant = true;
  process.exit(status);
}

/**
 * From now on the process ends without waiting for its threads: `process.exit` would wait for one
 * that is blocked in native code. Everything else about the end stays as it is.
 */
export function endWithoutThreads(): void {
  // Only another program in place of this one ends threads at once and has a status all the same. A
  // signal has none, and process 1 of a container does not even die of its own SIGKILL.
  process.once('exit', () => {
    process.execve?.('/bin/sh', ['sh', '-c', `exit ${process.exitCode ?? STOPPED}`]);
  });
}

/**
 * Keeps statuses 0 and 1 true: when anything else calls `process.exit`, such as code that processes
 * orders, the status becomes 70, so that the process is started again. A process that ends because
 * it has nothing left to do is not affected.
 */
export function guardExit(): void {
  process.once('beforeExit', () => {
    meant = true;
  });
  process.once('exit', (status) => {
    if (meant) return;
    process.stderr.write(`error: something in this process called process.exit(${status})\n`);
    process.exitCode = BROKEN;
  });
}
