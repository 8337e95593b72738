/** Run as a process of its own: places orders in transactions of 20, one after the other. */
import { closeDatabase, openDatabase, placeOrders } from '../../src/index.ts';
import { newOrder } from '../given.ts';

const [url, prefix, groups] = process.argv.slice(2) as [string, string, string];
const database = await openDatabase(url);
for (let group = 0; group < Number(groups); group += 1) {
  const orders = Array.from({ length: 20 }, (_, i) => newOrder(`${prefix}-${group}-${i}`));
  await placeOrders(database, orders);
}
await closeDatabase(database);
