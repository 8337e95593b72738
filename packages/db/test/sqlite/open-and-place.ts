/** Run as a process of its own: says "ready", waits for the end of its input, places an order. */
import { closeDatabase, openDatabase } from '../../src/index.ts';
import { place } from '../given.ts';

const [url, orderId] = process.argv.slice(2) as [string, string];
process.stdout.write('ready\n');
process.stdin.resume().on('end', async () => {
  const database = await openDatabase(url);
  await place(database, orderId);
  await closeDatabase(database);
});
