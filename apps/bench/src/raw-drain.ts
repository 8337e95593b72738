/**
 * The limit: what better-sqlite3 can do of the same writes, by hand, with nothing around it.
 * Tables, indexes and triggers are those of the file; every order is claimed and settled with its
 * history, counters and queue blocks, `synchronous = FULL`, what was claimed before and what is
 * claimed next in one transaction.
 *
 *     raw-drain FILE ORDERS_IN_A_TRANSACTION
 */
import BetterSqlite3 from 'better-sqlite3';

const [file = '', size = ''] = process.argv.slice(2);
const group = Number(size);
const worker = 'raw';
const database = new BetterSqlite3(file, { fileMustExist: true });
database.pragma('synchronous = FULL');

const claim = database.prepare(`
  update orders set status = 'PROCESSING', claimed_by = '${worker}', attempt = attempt + 1,
    started_at = ?
  where seq in (select seq from orders where status = 'PENDING' and not_before is null
    order by seq limit ? + 0)
  returning *`);
const settle = database.prepare(`
  update orders set status = 'COMPLETED', claimed_by = null, finished_at = ?
  where seq = ? and claimed_by = '${worker}' and attempt = ? and status = 'PROCESSING'`);
const record = database.prepare(`
  insert into event_runs (seq, orders, type, at, attempt, worker)
  values (?, ?, ?, ?, ?, '${worker}')`);
const count = database
  .prepare(`
    insert into counters (counter, part, slot, orders, total_ms) values (?, ?, 0, ?, ?)
    on conflict (counter, part, slot) do update set
      orders = orders + excluded.orders, total_ms = total_ms + excluded.total_ms
    returning orders`)
  .pluck();
const removeBlock = database.prepare(`delete from counters where counter = 'queue' and part = ?`);

interface Row {
  seq: number;
  attempt: number;
  placed_at: number;
  started_at: number;
}

const round = database.transaction((done: readonly Row[]): Row[] => {
  const now = Date.now();
  let processed = 0;
  for (const { seq, attempt, started_at } of done) {
    if (settle.run(now, seq, attempt).changes !== 1) throw new Error(`${seq} was lost`);
    processed += now - started_at;
  }
  recordAll(done, 'completed', now);
  if (done.length > 0) {
    count.get('now PROCESSING', 0, -done.length, 0);
    count.get('now COMPLETED', 0, done.length, 0);
    count.get('lasted processing', 0, done.length, processed);
  }
  const claimed = claim.all(now, group) as Row[];
  const blocks = new Map<number, number>();
  let waited = 0;
  recordAll(claimed, 'started', now);
  for (const { seq, placed_at } of claimed) {
    waited += now - placed_at;
    blocks.set(seq >> 10, (blocks.get(seq >> 10) ?? 0) + 1);
  }
  for (const [block, orders] of blocks) {
    if (count.get('queue', block, -orders, 0) === 0) removeBlock.run(block);
  }
  if (claimed.length > 0) {
    count.get('now PENDING', 0, -claimed.length, 0);
    count.get('now PROCESSING', 0, claimed.length, 0);
    count.get('lasted waiting', 0, claimed.length, waited);
  }
  return claimed;
});

function recordAll(orders: readonly Row[], type: string, now: number): void {
  let first = 0;
  for (let i = 1; i <= orders.length; i += 1) {
    const { seq, attempt } = orders[first] as Row;
    const next = orders[i];
    if (next?.seq === seq + i - first && next.attempt === attempt && next.seq % 32 !== 0) continue;
    record.run(seq, i - first, type, now, attempt);
    first = i;
  }
}

let inHand = round.immediate([]);
while (inHand.length > 0) inHand = round.immediate(inHand);
database.close();
