/**
 * The API with another way of keeping orders: `singly`, one transaction for each request, or
 * `nowhere`, all of the API and no order kept.
 *
 *     api.ts singly|nowhere DATABASE_FILE
 */
import { createApp } from '@orders/api/app';
import { compileContract } from '@orders/api/compiled-contract';
import { startServer } from '@orders/api/server';
import { limitsOf, settingsSchema } from '@orders/api/settings';
import { openDatabase, type Placement, type Placer, placeOrders } from '@orders/db';
import { createLog, readSettings } from '@orders/runtime';

const [way, path] = process.argv.slice(2);
const database = await openDatabase(`file:${path}`);

const placers: Record<string, Placer> = {
  singly: {
    place: async (order) => (await placeOrders(database, [order]))[0] as Placement,
    check: async () => {},
    close: async () => {},
  },
  nowhere: { place: async () => 'placed', check: async () => {}, close: async () => {} },
};

const app = createApp({
  database,
  placer: placers[way as string] as Placer,
  log: createLog('api', 'info'),
  verifyToken: undefined,
  limits: limitsOf(readSettings(settingsSchema, {})),
  stopping: new AbortController().signal,
  contract: compileContract(),
});
const server = await startServer(app, { host: '127.0.0.1', port: 0 });
process.stdout.write(`{"port":${server.address.port}}\n`);
process.on('SIGTERM', () => process.exit(0));
