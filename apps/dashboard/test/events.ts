import type { OrderEvent } from '../src/feed/frames.ts';

/** Half past nine, when everything begins. */
export const begin = Date.UTC(2026, 0, 5, 9, 30);

type EventName = OrderEvent['type'] extends `order.${infer Name}` ? Name : never;

let lastId = 0;

/** An event so many seconds after the beginning. */
export function event(
  type: EventName,
  second: number,
  changes: Partial<OrderEvent> = {},
): OrderEvent {
  lastId += 1;
  return {
    ...{ id: lastId, order_id: 'a', type: `order.${type}`, status: 'Pending', attempt: 0 },
    ...{ at: new Date(begin + second * 1000).toISOString(), worker: null, detail: null },
    ...changes,
  };
}
