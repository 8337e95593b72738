/**
 * A processor that writes down what it does, and fails where an order's id says so. Plain
 * JavaScript: its workers are started again and again, and TypeScript takes twice as long to load.
 */
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const notes = process.env.NOTES_FILE ?? '';

export default async function processOrder({ order_id }, { attempt, signal }) {
  const [, workMs, failures] = order_id.split('-').map(Number);
  // Not the attempt: one that was interrupted is made again under its number.
  appendFileSync(notes, `${order_id} ${process.pid} begun\n`);
  await sleep(workMs, undefined, { signal });
  if (attempt <= (failures ?? 0)) throw new Error(`failure ${attempt} of ${failures}`);
  appendFileSync(notes, `${order_id} ${process.pid} done\n`);
}
