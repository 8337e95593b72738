import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { closeDatabase, type Database, openDatabase } from '../src/index.ts';

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
  for (const [kind, makeUrl] of Object.entries(kinds)) {
    describe(`${title} (${kind})`, () => {
      const subject = {} as Subject;
      const opened: Database[] = [];
      let destroy: () => void;
      beforeEach(async () => {
        const made = makeUrl();
        destroy = made.destroy;
        subject.clock = { now: Date.UTC(2026, 0, 1), reads: 0 };
        subject.reopen = async () => {
          const clock = () => {
            subject.clock.reads += 1;
            return subject.clock.now;
          };
          const database = await openDatabase(made.url, { clock });
          opened.push(database);
          return database;
        };
        subject.database = await subject.reopen();
      });
      afterEach(async () => {
        await Promise.all(opened.splice(0).map(closeDatabase));
        destroy();
      });
      suite(subject);
    });
  }
}

const kinds = {
  sqlite() {
    const directory = temporaryDirectory();
    return {
      url: `file:${join(directory, 'orders.db')}`,
      destroy: () => rmSync(directory, { recursive: true }),
    };
  },
};

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'orders-test-'));
}
