import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';

import { eventually } from '../service.ts';
import { createDisk, type Disk } from './disk.ts';
import { type Random, seeded } from './random.ts';
import { type Call, readTrace } from './trace.ts';

/** Ids of this form are looked for in what was traced. */
export const tracedId = (i: number) => `traced-${String(i).padStart(6, '0')}`;
const anyTracedId = /traced-\d{6}/g;

export interface PowerCuts {
  /** Orders whose 201 was seen on its way to the client. */
  readonly answered: number;
  /** Pages that were copied from the -wal file into the database before the last of these. */
  readonly copied: number;
  /** Moments at which the power was cut. */
  readonly cuts: number;
  readonly faults: string[];
}

/** Why processes cannot be traced here; undefined where they can. */
export function whyNoTrace(): string | undefined {
  const tried = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']);
  if (tried.error) return 'strace is not installed';
  return tried.status === 0 ? undefined : `strace may not trace: ${tried.stderr}`;
}

/**
 * Goes once more through what an API process did, as traced, and cuts the power at moments drawn
 * by `seed`. Held to be a fault: an answer 201 before the -wal file was synced behind the last
 * frame of the order's transaction; and a disk after a cut that does not open, is not whole, or
 * lacks an order whose 201 was on its way before.
 */
export function cutPower(traceFile: string, seed: number, cuts: number): PowerCuts {
  const calls = [...readTrace(readFileSync(traceFile, 'utf8'))];
  const random = seeded(seed);
  const isKept = (path: string) => /\.db(-wal)?$/.test(path);
  const disk = createDisk(isKept);
  const wal = watchWal();
  const answered = new Set<string>();
  const faults: string[] = [];
  let pages = 0;
  let copied = 0;
  const first = calls.findIndex(answeredBy);
  const moments = new Set(
    Array.from({ length: cuts }, () => random.whole(first, calls.length - 1)),
  );

  for (const [i, call] of calls.entries()) {
    for (const id of answeredBy(call) ?? []) {
      if (!wal.synced.has(id)) faults.push(`${id}: answered before it was synced`);
      answered.add(id);
      copied = pages;
    }
    if (call.name === 'pwrite64' && call.file.endsWith('.db')) pages += 1;
    disk.happen(call);
    wal.happen(call);
    if (!moments.has(i)) continue;
    const of = random.pick(['none', 'some', 'some', 'all'] as const);
    const fault = lossAfter(disk, random, of, answered);
    if (fault) faults.push(`cut at call ${i} of ${calls.length}, kept ${of} unsynced: ${fault}`);
  }
  return { answered: answered.size, copied, cuts: moments.size, faults };
}

/** The ids of orders whose 201 a call sends. */
function answeredBy({ name, file, bytes }: Call): string[] | undefined {
  if (!name.startsWith('write') || !/^(socket|TCP)/.test(file)) return undefined;
  const text = bytes.toString('latin1');
  return text.includes('HTTP/1.1 201 ') ? [...(text.match(anyTracedId) ?? [])] : undefined;
}

/** Follows the transactions in the -wal file. https://www.sqlite.org/fileformat2.html#walformat */
function watchWal() {
  const synced = new Set<string>();
  let written: { id: string; nth: number }[] = [];
  let open: string[] = [];
  let isLast = false;
  return {
    synced,
    happen({ name, file, bytes, nth }: Call): void {
      if (!file.endsWith('.db-wal')) return;
      if (name === 'pwrite64' && bytes.length === 24) isLast = bytes.readUInt32BE(4) !== 0;
      else if (name === 'pwrite64') {
        open.push(...(bytes.toString('latin1').match(anyTracedId) ?? []));
        if (!isLast) return;
        written.push(...open.map((id) => ({ id, nth })));
        open = [];
      } else if (name === 'fsync' || name === 'fdatasync') {
        for (const one of written) if (one.nth < nth) synced.add(one.id);
        written = written.filter((one) => one.nth >= nth);
      }
    },
  };
}

function lossAfter(
  disk: Disk,
  random: Random,
  of: 'none' | 'some' | 'all',
  answered: ReadonlySet<string>,
): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'orders-cut-'));
  try {
    for (const [name, content] of disk.cut(random, of)) {
      writeFileSync(join(directory, name), content);
    }
    return lossIn(join(directory, 'orders.db'), answered);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Copies a database's files while nobody writes to them, as a machine that stops at this moment
 * with all that was written leaves them. A copy while somebody writes is of no moment: the database
 * may be older than the -wal file beside it has been begun anew for. Without the -shm file, which
 * is never on a disk.
 *
 * @param pids - of all processes that write to it
 * @returns what is wrong with the copy, which should have these orders
 */
export async function copyWhileStopped(
  path: string,
  pids: readonly number[],
  orderIds: ReadonlySet<string>,
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'orders-copy-'));
  try {
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    try {
      await Promise.all(pids.map(hasStopped));
      for (const end of ['', '-wal']) {
        if (existsSync(path + end)) copyFileSync(path + end, join(directory, `orders.db${end}`));
      }
    } finally {
      for (const pid of pids) process.kill(pid, 'SIGCONT');
    }
    return lossIn(join(directory, 'orders.db'), orderIds);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A signal is heeded when the call under way is over, by each thread for itself. */
async function hasStopped(pid: number): Promise<void> {
  const isStopped = (thread: string) =>
    /^State:\tT/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
  await eventually(async () => readdirSync(`/proc/${pid}/task`).every(isStopped));
}

/** @returns what is wrong with a database that should have these orders */
export function lossIn(path: string, orderIds: ReadonlySet<string>): string | undefined {
  const copy = new DatabaseSync(path);
  try {
    const check = copy.prepare('pragma integrity_check').get()?.integrity_check;
    if (check !== 'ok') return `integrity check: ${check}`;
    const rows = copy.prepare('select order_id from orders').all();
    const there = new Set(rows.map(({ order_id }) => order_id as string));
    const lost = [...orderIds].filter((id) => !there.has(id));
    return lost.length > 0 ? `lost ${lost.join(', ')}` : undefined;
  } catch (error) {
    return String(error);
  } finally {
    copy.close();
  }
}
