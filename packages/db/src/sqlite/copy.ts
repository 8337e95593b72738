import BetterSqlite3 from 'better-sqlite3';

/** Pages copied in one go: some milliseconds' work, then others in this process get their turn. */
const pagesAtOnce = 200;

/**
 * Copies a database into a new file, as it is at one moment; others may go on reading and writing
 * meanwhile. A copy of pages as they are: damage is copied too.
 *
 * @param onProgress - told which share (0 to 1) is copied; what it throws ends the copying
 */
export async function copyDatabase(
  path: string,
  to: string,
  onProgress: (share: number) => void,
): Promise<void> {
  const source = new BetterSqlite3(path, { readonly: true });
  try {
    // Without it the copying would begin anew each time somebody else writes, and never end under
    // load: https://www.sqlite.org/backup.html#concurrent_usage_of_database_connections
    source.exec('begin');
    source.prepare('select count(*) from sqlite_schema').get();
    await source.backup(to, {
      progress({ totalPages, remainingPages }) {
        if (totalPages > 0) onProgress(1 - remainingPages / totalPages);
        return pagesAtOnce;
      },
    });
  } finally {
    source.close();
  }
}
