import {
  closeSync,
  constants,
  type FSWatcher,
  fstatSync,
  openSync,
  watch,
  writeSync,
} from 'node:fs';

import type { News, WakeUp } from '../wake-up.ts';

export interface WakeUps {
  /** Calls back when somebody tells such news, this process included. */
  watch(news: News, onChange: () => void): WakeUp;
  /** Lets those know who watch, in whatever process; called after a commit. */
  tell(news: ReadonlySet<News>): void;
  close(): void;
}

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
  const told = new Map<News, number>();

  function fileOf(news: News): string {
    return `${path}-${news}`;
  }

  function descriptorOf(news: News): number {
    const known = told.get(news);
    // Whoever comes later watches the file that has the name; one that was deleted has none.
    if (known !== undefined && fstatSync(known).nlink > 0) return known;
    if (known !== undefined) closeSync(known);
    const descriptor = openOrMake(fileOf(news));
    told.set(news, descriptor);
    return descriptor;
  }

  return {
    watch: (news, onChange) => watchFile(fileOf(news), onChange),
    tell(news) {
      for (const one of news) attempt(() => writeSync(descriptorOf(one), '.', 0));
    },
    close() {
      for (const descriptor of told.values()) closeSync(descriptor);
      told.clear();
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
