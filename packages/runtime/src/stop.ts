import { endProcess, STOPPED, TOLD_WHY } from './exit.ts';
import type { Log } from './log.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const REPEAT_MS = 1000;

/**
 * Says what to do on SIGTERM, SIGINT and SIGHUP, and tells whoever started the process with a
 * channel to it (`npm start`) that it is `up`. When that one is gone, however it ended, it counts as
 * a signal: nobody would read the log any more, or start the process again.
 *
 * The first of them calls `stop`, once. What comes within the next second is the same wish heard
 * twice (on Ctrl-C the terminal signals every process, and so does whoever started them) and
 * changes nothing. A later one aborts `force`: somebody's patience is over, and so is the grace.
 *
 * The process ends with status 0 when `stop` resolves, whatever is still open then, and with
 * status 1 and a line in the log when it throws or rejects.
 */
export function onStop(log: Log, stop: (force: AbortSignal) => Promise<void>): void {
  const force = new AbortController();
  let toldAt: number | undefined;

  function hear(signal: NodeJS.Signals | 'disconnect'): void {
    if (toldAt === undefined) {
      toldAt = performance.now();
      log.info({ signal }, 'stopping');
      void end();
    } else if (performance.now() - toldAt >= REPEAT_MS && !force.signal.aborted) {
      log.warn({ signal }, 'told again, stopping at once');
      force.abort();
    }
  }

  async function end(): Promise<void> {
    try {
      await stop(force.signal);
    } catch (err) {
      log.error({ err }, 'could not stop in order');
      endProcess(TOLD_WHY);
    }
    log.info('stopped');
    endProcess(STOPPED);
  }

  /** Not a second time: who is told to stop has its grace, whoever may be gone meanwhile. */
  function hearNobodyIsThere(): void {
    if (toldAt === undefined) hear('disconnect');
  }

  for (const signal of SIGNALS) process.on(signal, hear);
  process.once('disconnect', hearNobodyIsThere);
  process.send?.('up', (error) => {
    if (error) hearNobodyIsThere();
  });
}
