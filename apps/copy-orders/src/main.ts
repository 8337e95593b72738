import { fromMinor, minorUnitDigits } from '@orders/contract';
import {
  type Copied,
  closeDatabase,
  copyOrders,
  DatabaseUnavailable,
  openDatabase,
} from '@orders/db';
import { runMain } from '@orders/runtime';

import { readArguments, usage } from './arguments.ts';
import { createProgress } from './progress.ts';

const howToGoOn = 'What was copied is kept; the same command goes on from there.';

class Interrupted extends Error {
  override name = 'Interrupted';
  readonly forPeople = true;
}

await runMain(async () => {
  const urls = readArguments(process.argv.slice(2));
  if (urls === undefined) {
    process.stdout.write(usage);
    return;
  }
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stopping.abort(new Interrupted(`stopped. ${howToGoOn}`)));
  }
  const source = await openDatabase(urls.from, { purpose: 'copy-from' });
  const target = await openDatabase(urls.to, { purpose: 'copy-to' });
  const progress = createProgress(process.stderr);
  try {
    const copied = await copyOrders(source, target, {
      onProgress: progress.show,
      stopping: stopping.signal,
    });
    progress.end();
    process.stdout.write(`${inWords(copied)}\nSet DATABASE_URL to what you copied to.\n`);
  } catch (error) {
    progress.end();
    if (!(error instanceof DatabaseUnavailable)) throw error;
    throw new Interrupted(`${error.message}. ${howToGoOn}`, { cause: error });
  }
  await closeDatabase(source);
  await closeDatabase(target);
});

function inWords({ orders, events, totalsMinor }: Copied): string {
  const count = (number: number) => number.toLocaleString('en');
  const sums = Object.entries(totalsMinor).map(([currency, minor]) => {
    const digits = minorUnitDigits(currency);
    return `  ${currency} ${fromMinor(minor, currency).toFixed(digits)}\n`;
  });
  return (
    `Copied and compared ${count(orders)} orders and ${count(events)} events of their history. ` +
    `The orders' totals add up to\n${sums.toSorted().join('')}on both sides.`
  );
}
