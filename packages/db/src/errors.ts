/**
 * The database could not do what was asked, now: busy for too long, full, gone, or damaged.
 * Nothing is half done. The same call may succeed later.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/**
 * The database named in the settings cannot be used as it is. The message is for the person who
 * set it: what is wrong, and what to do.
 */
export class DatabaseUnusable extends Error {
  override name = 'DatabaseUnusable';
  readonly forPeople = true;
}
