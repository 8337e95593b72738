import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';

import type { WakeUp } from '../wake-up.ts';

/**
 * When to look after a write to the `-wal` file, in milliseconds from one look to the next. The
 * write is seen before its commit is: an fsync lies in between, which takes as long as it takes.
 */
const looksAfterMs = [1, 1, 2, 4, 8, 16, 32, 64];

/**
 * Tells of commits of other connections, by watching the directory for writes to the `-wal`
 * file. The directory, not the file: closing a descriptor of a database file would drop this
 * process's locks (https://www.sqlite.org/howtocorrupt.html, 2.2), and the `-wal` file comes
 * and goes.
 *
 * @param onChange - called after a commit of somebody else, as a rule within 2 ms; on a disk that
 *   takes longer than 128 ms for an fsync it may not be called
 */
export function watchCommits(
  path: string,
  writer: BetterSqlite3.Database,
  onChange: () => void,
): WakeUp {
  const walName = `${basename(path)}-wal`;
  // Changes with each commit of another connection, and not with own ones.
  const version = writer.prepare('pragma data_version').pluck();
  let seen = version.get();
  let looksDone = 0;
  let nextLook: NodeJS.Timeout | undefined;

  function look(): void {
    nextLook = undefined;
    if (!writer.open) return;
    if (!isSeen()) onChange();
    // Also after news: the write that was seen may be of the commit after that.
    if (looksDone < looksAfterMs.length) {
      nextLook = setTimeout(look, looksAfterMs[looksDone]);
      looksDone += 1;
    }
  }

  /** What cannot be read now is news too: whoever is woken gets to see the error. */
  function isSeen(): boolean {
    try {
      const before = seen;
      seen = version.get();
      return seen === before;
    } catch {
      return false;
    }
  }

  const watcher = watchDirectory(dirname(path), (name) => {
    if (name !== walName) return;
    // Own commits too are seen as writes, thousands a second: a look that is near will do.
    const isNear = nextLook !== undefined && (looksAfterMs[looksDone - 1] ?? 0) <= 1;
    looksDone = 0;
    if (isNear) return;
    clearTimeout(nextLook);
    look();
  });
  return {
    close() {
      clearTimeout(nextLook);
      watcher?.close();
    },
  };
}

/** Without a watch (too many on this machine, the directory gone) the slow poll remains. */
function watchDirectory(directory: string, onEvent: (name: string | null) => void) {
  try {
    const watcher = watch(directory, { persistent: false }, (_event, name) => onEvent(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
