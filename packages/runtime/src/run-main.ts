import { BROKEN, endProcess, guardExit, TOLD_WHY } from './exit.ts';
import { createLog } from './log.ts';

/**
 * Runs the program of a process, and decides how it ends when something goes wrong:
 *
 * - `main` throws an error with `forPeople: true` (wrong settings, an unusable database): its
 *   message behind `error:` on stderr, without a stack; status 1
 * - `main` throws anything else: the stack on stderr; status 70
 * - an exception or a rejection that nobody catches, at any time: a line of level fatal in the log;
 *   status 70
 * - something else calls `process.exit`: a word on stderr; status 70
 */
export async function runMain(main: () => Promise<void>): Promise<void> {
  guardExit();
  process.on('uncaughtException', (err, origin) => {
    createLog('main', 'fatal').fatal({ err, origin }, 'nobody caught this');
    endProcess(BROKEN);
  });
  try {
    await main();
  } catch (error) {
    if (isForPeople(error)) {
      process.stderr.write(`error: ${error.message}\n`);
      endProcess(TOLD_WHY);
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    endProcess(BROKEN);
  }
}

function isForPeople(error: unknown): error is Error {
  return error instanceof Error && 'forPeople' in error && error.forPeople === true;
}
