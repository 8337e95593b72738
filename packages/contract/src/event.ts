import type { components } from './openapi.gen.ts';
import { isoTime, type StoredOrder, statusNames } from './order.ts';

export type EventAnswer = components['schemas']['OrderEvent'];

/** An event as it is kept: times in milliseconds since the epoch, types without their prefix. */
export interface StoredEvent {
  id: number;
  orderId: string;
  type: StoredType<EventAnswer['type']>;
  status: StoredOrder['status'];
  at: number;
  attempt: number;
  worker: string | null;
  detail: string | null;
}

type StoredType<Type extends string> = Type extends `order.${infer Stored}` ? Stored : never;

/** The event as the contract shows it, in pages and in streams alike. */
export function eventAnswer(event: StoredEvent): EventAnswer {
  return {
    id: event.id,
    order_id: event.orderId,
    type: `order.${event.type}`,
    status: statusNames[event.status],
    at: isoTime(event.at),
    attempt: event.attempt,
    worker: event.worker,
    detail: event.detail,
  };
}

/** The type of an event as it is kept, by the contract's name for it. */
export function eventType(type: EventAnswer['type']): StoredEvent['type'] {
  return type.slice('order.'.length) as StoredEvent['type'];
}
