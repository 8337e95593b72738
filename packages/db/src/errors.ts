/**
 * The database could not do what was asked, now: busy for too long, full, gone, or damaged.
 * Nothing is half done. The same call may succeed later.
 */
export class DatabaseUnavailable extends Error {
  override name = 'DatabaseUnavailable';
}

/**
 * A place in the feed that was never given out here, or was before an older copy took the place of
 * what is here now: the ids up to it are still to come, and would be passed over.
 */
export class BeyondFeed extends Error {
  override name = 'BeyondFeed';
  /** Where the feed ends for now. */
  readonly end: number;

  constructor(end: number) {
    super(`The feed ends at ${end}`);
    this.end = end;
  }
}

/**
 * The database named in the settings cannot be used as it is. The message is for the person who
 * set it: what is wrong, and what to do.
 */
export class DatabaseUnusable extends Error {
  override name = 'DatabaseUnusable';
  readonly forPeople = true;
}
