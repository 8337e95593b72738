import {
  closeDatabase,
  type Database,
  openDatabase,
  type Placer,
  startPlacer,
} from '../src/index.ts';
import type { OwnDatabase } from './kinds.ts';

/** A placer with a database of its own for each test. */
export function placerOfEachTest(make: () => Promise<OwnDatabase>) {
  const given = {} as { own: OwnDatabase; database: Database; placer: Placer };
  beforeEach(async () => {
    given.own = await make();
    given.database = await openDatabase(given.own.url);
    given.placer = await startPlacer(given.database, given.own.url);
  });
  afterEach(async () => {
    await given.placer.close();
    await closeDatabase(given.database);
    await given.own.destroy();
  });
  return given;
}
