import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from 'node:fs';

import type { News, WakeUp } from '../wake-up.ts';

export interface WakeUps {
  /** Calls back when somebody tells such news, this process included. */
  watch(news: News, onChange: () => void): WakeUp;
  /** Lets those know who watch, in whatever process; called after a commit. */
  tell(news: ReadonlySet<News>): void;
  close(): void;
}

/**
 * Between two times that such news are told by one process, in milliseconds. Who follows events rests
 * as long after each look; who waits for work is to begin at once.
 */
const shortestPauseMs: Record<News, number> = { work: 0, events: 5 };

/**
 * Carries news between the processes that use a file: whoever commits some writes a byte into a
 * file beside the database, one for each kind of news, and whoever waits watches that.
 *
 * Not the `-wal` file, which would need nobody to tell: it is written dozens of times a commit,
 * before the commit can be seen, so that watching it took a tenth of a busy worker's time, and
 * looking again for the commit added a millisecond to each start. (Closing a descriptor of a
 * database file would drop this process's locks besides, while these files are nobody's else:
 * https://www.sqlite.org/howtocorrupt.html, 2.2.)
 *
 * What is not told, because a process was killed after its commit or the disk is full, comes to
 * light by the slow poll.
 */
export function createWakeUps(path: string): WakeUps {
  const lastTold = new Map<News, number>();
  const later = new Map<News, NodeJS.Timeout>();

  function fileOf(news: News): string {
    return `${path}-${news}`;
  }

  function tellNow(news: News): void {
    clearTimeout(later.get(news));
    later.delete(news);
    lastTold.set(news, performance.now());
    attempt(() => writeByte(fileOf(news)));
  }

  return {
    watch: (news, onChange) => watchFile(fileOf(news), onChange),
    tell(news) {
      for (const one of news) {
        if (later.has(one)) continue;
        const untilMs = (lastTold.get(one) ?? 0) + shortestPauseMs[one] - performance.now();
        if (untilMs <= 0) tellNow(one);
        else later.set(one, setTimeout(tellNow, untilMs, one).unref());
      }
    },
    close() {
      for (const news of later.keys()) tellNow(news);
    },
  };
}

function watchFile(file: string, onChange: () => void): WakeUp {
  let watcher: FSWatcher | undefined;

  function begin(): void {
    watcher = attempt(() => {
      closeSync(openOrMake(file));
      return watch(file, { persistent: false }, (event) => {
        // Deleted or renamed: the name belongs to another file from now on.
        if (event === 'rename') {
          watcher?.close();
          begin();
        }
        onChange();
      });
    });
    watcher?.on('error', () => watcher?.close());
  }

  begin();
  return { close: () => watcher?.close() };
}

/**
 * Opened anew each time: the name may belong to another file by now. To ask that of a descriptor
 * (`fstat`) looks cheaper, but then Linux gives the next write a time of its own, to the nanosecond,
 * and all that is written afterwards a later one, the -wal file too: each fsync of that has to write
 * a new time into the journal of the file system, which made it a third slower. Unseen, times move
 * each 4 ms. https://docs.kernel.org/filesystems/multigrain-ts.html
 */
function writeByte(file: string): void {
  const descriptor = openOrMake(file);
  try {
    writeSync(descriptor, '.', 0);
  } finally {
    closeSync(descriptor);
  }
}

function openOrMake(file: string): number {
  return openSync(file, constants.O_RDWR | constants.O_CREAT);
}

/** Where something cannot be done (the directory gone, too many watches) the slow poll remains. */
function attempt<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
