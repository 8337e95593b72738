import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';

import type { WakeUp } from '../wake-up.ts';

/**
 * Tells of commits of other connections, by watching the directory for writes to the `-wal`
 * file. The directory, not the file: closing a descriptor of a database file would drop this
 * process's locks (https://www.sqlite.org/howtocorrupt.html, 2.2), and the `-wal` file comes
 * and goes.
 *
 * @param onChange - called soon after a commit of somebody else; may be called without one
 */
export function watchCommits(
  path: string,
  writer: BetterSqlite3.Database,
  onChange: () => void,
): WakeUp {
  const walName = `${basename(path)}-wal`;
  const version = () => writer.pragma('data_version', { simple: true });
  let seen = version();
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name !== walName || !writer.open) return;
    // Own commits do not change the version that this connection sees.
    const now = version();
    if (now === seen) return;
    seen = now;
    onChange();
  });
  // Without the watch (too many on this machine, the directory gone) the slow poll remains.
  watcher.on('error', () => watcher.close());
  return { close: () => watcher.close() };
}
