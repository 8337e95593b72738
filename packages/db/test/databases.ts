import { closeDatabase, type Database, openDatabase } from '../src/index.ts';
import { describeOnEachKind, type OwnDatabase } from './kinds.ts';

/** A clock that stands still until it is told to move. */
export interface TestClock {
  now: number;
  /** How often the time was asked for: once in each write transaction. */
  reads: number;
}

/** What a suite gets: a fresh database for each test, and further connections to the same one. */
export interface Subject {
  database: Database;
  clock: TestClock;
  /** Another process's view, as far as one process can have it: connections of its own. */
  reopen(): Promise<Database>;
}

/** Runs a suite on every kind of database, with a new database for each test. */
export function onEveryDatabase(title: string, suite: (subject: Subject) => void): void {
  describeOnEachKind(title, (make) => {
    const subject = {} as Subject;
    const opened: Database[] = [];
    let own: OwnDatabase;
    beforeEach(async () => {
      own = await make();
      subject.clock = { now: Date.UTC(2026, 0, 1), reads: 0 };
      subject.reopen = async () => {
        const clock = () => {
          subject.clock.reads += 1;
          return subject.clock.now;
        };
        const database = await openDatabase(own.url, { clock });
        opened.push(database);
        return database;
      };
      subject.database = await subject.reopen();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map(closeDatabase));
      await own.destroy();
    });
    suite(subject);
  });
}
