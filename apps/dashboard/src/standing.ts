import type { components } from '@orders/contract';
import type { OrderEvent } from './feed/frames.ts';

export type Order = components['schemas']['Order'];

/**
 * The orders as they stand after these events, as far as a table shows them. The same list when
 * none of them is concerned, and the same objects for those that are not. What happened before an
 * order was read is in it already, and changes nothing.
 */
export function afterEvents(
  orders: readonly Order[],
  events: readonly OrderEvent[],
): readonly Order[] {
  const shown = new Map(orders.map((order) => [order.order_id, order]));
  let changed = false;
  for (const event of events) {
    const order = shown.get(event.order_id);
    if (order === undefined || event.at <= lastChange(order)) continue;
    shown.set(event.order_id, { ...order, status: event.status, ...after(event, order) });
    changed = true;
  }
  return changed ? [...shown.values()] : orders;
}

/** Times of one form can be compared as texts. */
function lastChange({ placed_at, started_at, finished_at }: Order): string {
  return finished_at ?? started_at ?? placed_at;
}

function after({ type, at, detail }: OrderEvent, order: Order): Partial<Order> {
  const { attempts, cancel_requested_at } = order;
  switch (type) {
    case 'order.started':
      return { started_at: at, attempts: attempts + 1, next_attempt_at: null };
    case 'order.released':
    case 'order.interrupted':
      // Its start may have been of the moment in which the order was read, and so not counted.
      return { attempts: Math.max(0, attempts - 1) };
    case 'order.cancel_requested':
      return { cancel_requested_at: cancel_requested_at ?? at };
    case 'order.completed':
      return { completed_at: at, finished_at: at };
    case 'order.failed':
      return { finished_at: at, last_error: detail };
    case 'order.cancelled':
      return { finished_at: at };
    case 'order.retried':
      return { started_at: null, finished_at: null, cancel_requested_at: null, attempts: 0 };
    default:
      return {};
  }
}
