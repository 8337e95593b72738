import { closeDatabase, openDatabase } from '@orders/db';

import { processGroups, program } from '../processes.ts';
import { listeningAt } from '../service.ts';
import { fuzz } from './fuzz.ts';

/** 50,000 in the ten minutes that are usual, however slow the machine is. */
const leastPerMinute = 5_000;
const batch = 1_000;
/** By how much memory may be larger at the end than it was after the first few batches. */
const flat = { factor: 1.25, bytes: 32 * 1024 * 1024 };

/** Sends hostile input to a real API process until the time is over and enough was sent. */
export async function fuzzLong(options: {
  databaseUrl: string;
  seed: number;
  minutes: number;
  onBatch: (line: string) => void;
}): Promise<{ faults: string[]; summary: string }> {
  const until = Date.now() + options.minutes * 60_000;
  const least = options.minutes * leastPerMinute;
  const { start, killAll } = processGroups();
  const database = await openDatabase(options.databaseUrl);
  try {
    const env = { DATABASE_URL: options.databaseUrl, PORT: '0' };
    const api = start(process.execPath, program('api'), env);
    const url = await listeningAt(api);
    const port = Number(new URL(url).port);
    const faults: string[] = [];
    const memory: number[] = [];
    const statuses: Record<string, number> = {};
    let sent = 0;
    let summary = '';
    while (faults.length === 0 && (Date.now() < until || sent < least)) {
      const seed = options.seed + memory.length;
      const report = await fuzz({ port, database, seed, requests: batch });
      sent += batch;
      if (report.fault !== undefined) faults.push(report.fault);
      for (const [status, times] of Object.entries(report.statuses)) {
        statuses[status] = (statuses[status] ?? 0) + times;
      }
      memory.push(await residentBytes(url));
      const mib = Math.round((memory.at(-1) ?? 0) / 1024 / 1024);
      summary = `${sent} sendings, ${report.orders} orders, ${mib} MiB, ${JSON.stringify(statuses)}`;
      options.onBatch(summary);
    }
    const [before, after] = [Math.max(...memory.slice(0, 5)), Math.min(...memory.slice(-5))];
    if (after > before * flat.factor + flat.bytes) {
      faults.push(`memory grew from ${before} to ${after} bytes`);
    }
    const errors = api.lines.filter(({ level }) => level === 'error');
    faults.push(...errors.map((line) => JSON.stringify(line)));
    return { faults, summary };
  } finally {
    await killAll();
    await closeDatabase(database);
  }
}

async function residentBytes(url: string): Promise<number> {
  const figures = await (await fetch(`${url}/metrics/prometheus`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(figures)?.[1]);
}
