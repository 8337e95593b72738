import { existsSync, readFileSync } from 'node:fs';
import { type Database, type OrderStatus, readHistory, readMetrics } from '@orders/db';

import type { Ledger } from './ledger.ts';
import { createReplay, type Happening, type Standing } from './replay.ts';

export interface Evidence {
  readonly database: Database;
  readonly ledger: Ledger;
  /** What processor.mjs wrote. */
  readonly notesFile: string;
  /** Whether the history's order is the order in which claims were made. */
  readonly inTurn: boolean;
}

export interface Verdict {
  readonly orders: number;
  readonly events: number;
  /** Attempts that a worker could not bring to an end. */
  readonly interrupted: number;
  /** One line each; the first are followed by the whole history of their order. */
  readonly faults: string[];
}

const ended = new Set(['COMPLETED', 'FAILED', 'CANCELLED']);
const pageSize = 10_000;
const mostHistories = 5;

/** Holds what clients were told and what the processor did against what the database says. */
export async function verify({ database, ledger, notesFile, inTurn }: Evidence): Promise<Verdict> {
  const faults = [...ledger.faults];
  const replay = createReplay(inTurn);
  let interrupted = 0;
  let events = 0;
  for await (const event of allOf(database, readHappenings)) {
    replay.happen(event);
    events += 1;
    if (event.type === 'interrupted') interrupted += 1;
  }
  faults.push(...replay.faults);

  const counts: Record<string, number> = {};
  const ids = new Map<string, Standing>();
  const seqs = new Map<number, string>();
  for await (const { seq, order_id, status } of allOf(database, readOrders)) {
    counts[status] = (counts[status] ?? 0) + 1;
    seqs.set(seq, order_id);
    const standing = replay.orders.get(seq);
    if (standing?.status !== status) faults.push(`${seq}: ${status}, by its history not`);
    if (standing) ids.set(order_id, standing);
    if (!ended.has(status)) faults.push(`${seq}: still ${status}`);
    if (standing && standing.completions !== (status === 'COMPLETED' ? 1 : 0)) {
      faults.push(`${seq}: completed ${standing.completions} times`);
    }
  }
  for (const orderId of ledger.accepted) {
    if (!ids.has(orderId)) faults.push(`${orderId}: accepted, and lost`);
  }
  for (const orderId of ledger.cancelled) {
    const { status } = ids.get(orderId) ?? {};
    if (status !== 'CANCELLED') faults.push(`${orderId}: answered as Cancelled, and ${status}`);
  }
  faults.push(...faultsOfNotes(notesFile, ids), ...(await faultsOfCounters(database, counts)));

  return {
    ...{ orders: ids.size, events, interrupted },
    faults: await withHistories(database, faults, seqs),
  };
}

/**
 * A process called the processor at most once for each claim that it had, and what is completed was
 * done by the process that says so.
 */
function faultsOfNotes(notesFile: string, orders: Map<string, Standing>): string[] {
  const faults: string[] = [];
  const begun = new Map<string, number>();
  const done = new Set<string>();
  const lines = existsSync(notesFile) ? readFileSync(notesFile, 'utf8').split('\n') : [];
  for (const line of lines) {
    const [orderId, pid, what] = line.split(' ');
    const run = `${orderId} ${pid}`;
    if (what === 'begun') begun.set(run, (begun.get(run) ?? 0) + 1);
    if (what === 'done') done.add(run);
  }
  for (const [run, times] of begun) {
    const [orderId = '', pid] = run.split(' ');
    const claims = orders.get(orderId)?.holders.filter((worker) => pidOf(worker) === pid);
    if (times > (claims?.length ?? 0)) {
      faults.push(`${orderId}: begun ${times} times by ${pid}, with ${claims?.length ?? 0} claims`);
    }
  }
  for (const [orderId, { status, worker }] of orders) {
    if (status === 'COMPLETED' && !done.has(`${orderId} ${pidOf(worker)}`)) {
      faults.push(`${orderId}: completed by ${worker}, which has not done it`);
    }
  }
  return faults;
}

/** Workers are named host:pid:random. */
function pidOf(worker: string | null): string | undefined {
  return worker?.split(':')[1];
}

async function faultsOfCounters(
  database: Database,
  counts: Readonly<Record<string, number>>,
): Promise<string[]> {
  const metrics = await readMetrics(database);
  const counted = {
    COMPLETED: metrics.completedOrders,
    FAILED: metrics.failedOrders,
    CANCELLED: metrics.cancelledOrders,
    PENDING: metrics.pendingOrders,
    PROCESSING: metrics.processingOrders,
  };
  return Object.entries(counted).flatMap(([status, counter]) =>
    counter === (counts[status] ?? 0)
      ? []
      : [`the counter says ${counter} ${status}, there are ${counts[status] ?? 0}`],
  );
}

async function withHistories(
  database: Database,
  faults: readonly string[],
  seqs: ReadonlyMap<number, string>,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, fault] of faults.entries()) {
    lines.push(fault);
    const [subject = ''] = fault.split(':');
    if (i >= mostHistories) continue;
    for (const event of await readHistory(database, seqs.get(Number(subject)) ?? subject)) {
      lines.push(`    ${JSON.stringify(event)}`);
    }
  }
  return lines;
}

const readOrders: Page<{ seq: number; order_id: string; status: OrderStatus }> = (
  { reader },
  last,
) =>
  reader
    .selectFrom('orders')
    .select(['seq', 'order_id', 'status'])
    .where('seq', '>', last?.seq ?? 0)
    .orderBy('seq')
    .limit(pageSize)
    .execute();

const readHappenings: Page<Happening> = ({ reader }, last) =>
  reader
    .selectFrom('order_events')
    .select(['id', 'seq', 'type', 'attempt', 'worker'])
    .where('id', '>', last?.id ?? 0)
    .orderBy('id')
    .limit(pageSize)
    .execute();

type Page<Row> = (database: Database, last: Row | undefined) => Promise<Row[]>;

/** All rows, page by page: a long run leaves more than should be held at once. */
async function* allOf<Row>(database: Database, read: Page<Row>): AsyncGenerator<Row> {
  let rows: Row[] = [];
  do {
    rows = await read(database, rows.at(-1));
    yield* rows;
  } while (rows.length === pageSize);
}
