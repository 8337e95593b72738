import type { components } from '@orders/contract';

import type { BatchResult } from './batch.ts';
import type { Fate } from './import.ts';
import { type Row, readRow } from './row.ts';
import { ask, type Service } from './service.ts';

type Order = components['schemas']['Order'];
type NewOrder = components['schemas']['NewOrder'];

/**
 * Whether the order of a row is the one that was accepted before under its id: then whoever sends
 * it again has what they want.
 *
 * @throws Failure when the service gives no answer
 */
export async function compareWithPlaced(
  service: Service,
  row: Row,
  { order_id, error }: BatchResult,
): Promise<Fate> {
  const refused: Fate = { is: 'refused', error: error ?? { detail: 'Order ID already exists' } };
  const path = { order_id: order_id as string };
  const answer = service.client.GET('/order/{order_id}', { params: { path } });
  // Deleted since: nobody can tell any more whether it was the same.
  if ((await answer.catch(() => undefined))?.response.status === 404) return refused;
  const known = await ask(service, answer);
  return isSame(readRow(row) as NewOrder, known) ? { is: 'there' } : refused;
}

function isSame(row: NewOrder, order: Order): boolean {
  const items = typeof row.item_ids === 'string' ? row.item_ids.split(',') : row.item_ids;
  return (
    row.user_id === order.user_id &&
    items.map((item) => item.trim()).join() === order.item_ids &&
    row.total_amount === order.total_amount &&
    (row.currency ?? 'USD') === order.currency
  );
}
