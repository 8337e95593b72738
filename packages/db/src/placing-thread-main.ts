/** Places orders for placing-thread.ts, which starts it. */
import { parentPort, workerData } from 'node:worker_threads';

import { checkWritable, closeDatabase, openDatabase } from './database.ts';
import { DatabaseUnavailable } from './errors.ts';
import { type Placement, placeOrders } from './place.ts';
import type { FromPlacingThread, ToPlacingThread } from './placing-thread.ts';

const say = (message: FromPlacingThread) => parentPort?.postMessage(message);
const { url } = workerData as { url: string };
const database = await openDatabase(url, { copiesBeside: true });
let last = Promise.resolve();
parentPort?.on('message', (question: ToPlacingThread) => {
  last = last.then(() => (question === 'end' ? end() : answer(question)));
});
say('begun');

async function answer(question: ToPlacingThread): Promise<void> {
  const beganAt = performance.now();
  try {
    const result = await resultOf(question);
    say({ result, tookMs: performance.now() - beganAt });
  } catch (error) {
    say({ error: error as Error, unavailable: error instanceof DatabaseUnavailable });
  }
}

async function resultOf(question: ToPlacingThread): Promise<Placement[] | undefined> {
  if (question !== 'check') return placeOrders(database, JSON.parse(question));
  await checkWritable(database);
}

async function end(): Promise<void> {
  await closeDatabase(database);
  parentPort?.close();
}
