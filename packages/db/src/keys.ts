import { sql } from 'kysely';
import { rowsOf, statement } from './statement.ts';
import type { Writing } from './writing.ts';

/** A client's name for one request to place one order, and what it asked for under that name. */
export interface IdempotencyKey {
  readonly key: string;
  /** The same for two requests exactly when they ask for the same. */
  readonly fingerprint: string;
}

/**
 * Why an order is not placed because of its key:
 * - `replayed`: the same order was placed under the key before
 * - `key-reused`: another order was placed under the key before
 * - `key-in-flight`: another order with the key is being placed at this moment
 */
export type Refusal = 'replayed' | 'key-reused' | 'key-in-flight';

/** An order that may bring a key. */
interface Keyed {
  readonly idempotency?: IdempotencyKey;
}

/** How long a key is known at least: a day. */
export const keyLifeMs = 24 * 3_600_000;
/** How long an old key may stay beyond that: so that a sweep finds many at once, not one a second. */
const keySlackMs = 3_600_000;
/** Keys forgotten in one transaction at the most; the next sweep takes the rest. */
const maxForgotten = 1000;

/**
 * Takes the keys of the orders, for whoever is first: of several transactions, of this process
 * or another, one gets a key, and the others learn what was placed under it. The keys are taken
 * for good when this transaction is committed; `releaseKeys` gives them back before.
 *
 * @returns the orders that must not be placed, and why
 */
export async function takeKeys<Order extends Keyed>(
  writing: Writing,
  orders: readonly Order[],
): Promise<Map<Order, Refusal>> {
  const refusals = new Map<Order, Refusal>();
  const wanted = new Map<string, { order: Order; fingerprint: string }>();
  for (const order of orders) {
    if (order.idempotency === undefined) continue;
    const { key, fingerprint } = order.idempotency;
    if (wanted.has(key)) refusals.set(order, 'key-in-flight');
    else wanted.set(key, { order, fingerprint });
  }
  if (wanted.size === 0) return refusals;

  const keys = [...wanted].map(([key, { fingerprint }]) => ({ key, fingerprint }));
  const taken = await insertNew(writing, { now: writing.now, keys });
  for (const { key } of taken.rows) wanted.delete(key);
  if (wanted.size === 0) return refusals;

  const known = await findKnown(writing, { keys: asRows(wanted.keys()) });
  const fingerprints = new Map(known.rows.map(({ key, fingerprint }) => [key, fingerprint]));
  for (const [key, { order, fingerprint }] of wanted) {
    const same = fingerprints.get(key) === fingerprint;
    refusals.set(order, same ? 'replayed' : 'key-reused');
  }
  return refusals;
}

/** Gives the keys of these orders, which this transaction has taken, back: nothing was placed. */
export async function releaseKeys(writing: Writing, orders: readonly Keyed[]): Promise<void> {
  const keys = orders.flatMap(({ idempotency }) => (idempotency ? [idempotency.key] : []));
  if (keys.length === 0) return;
  await deleteKeys(writing, { keys: asRows(keys) });
}

/** Forgets the oldest of the keys that have had their time. */
export async function forgetKeys({ trx, now, phrases }: Writing): Promise<void> {
  await sql`
    delete from idempotency_keys where key ${phrases.among(sql`
      select key from idempotency_keys where created_at <= ${now - keyLifeMs}
      order by created_at limit ${sql.lit(maxForgotten)} ${phrases.locks.unlocked}`)}
  `.execute(trx);
}

/** When keys are next to be forgotten, as a query for one number; null when there are none. */
export const nextForgetting = sql<number | null>`
  select min(created_at) + ${sql.lit(keyLifeMs + keySlackMs)} from idempotency_keys`;

// Not "do nothing": a key that is there is to stay there until it has been looked at.
const insertNew = statement(
  { now: 'integer', keys: rowsOf({ key: 'text', fingerprint: 'text' }) },
  ({ now, keys }) => sql<{ key: string }>`
    insert into idempotency_keys (key, fingerprint, created_at)
    select key, fingerprint, ${now} from ${keys} as wanted where true
    on conflict (key) do update set key = excluded.key where false
    returning key`,
);

const findKnown = statement(
  { keys: rowsOf({ key: 'text' }) },
  ({ keys }) => sql<IdempotencyKey>`
    select key, fingerprint from idempotency_keys
    where key in (select key from ${keys} as wanted)`,
);

const deleteKeys = statement(
  { keys: rowsOf({ key: 'text' }) },
  ({ keys }) => sql`
    delete from idempotency_keys where key in (select key from ${keys} as released)`,
);

function asRows(keys: Iterable<string>): { key: string }[] {
  return Array.from(keys, (key) => ({ key }));
}
