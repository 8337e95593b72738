import type { components } from '@orders/contract';

export type Status = components['schemas']['Status'];

export const statuses = ['Pending', 'Processing', 'Completed', 'Failed', 'Cancelled'] as const;

/** Which orders the table shows; empty texts let everything through. */
export interface Filter {
  readonly status: Status | '';
  readonly userId: string;
  readonly orderId: string;
}

export const everything: Filter = { status: '', userId: '', orderId: '' };

/** What the page shows. It stands behind the # of its address, so it can be kept and sent on. */
export type Route =
  | { readonly view: 'orders'; readonly filter: Filter }
  | { readonly view: 'order'; readonly orderId: string };

/** What the address asks for; all orders, where it cannot be understood. */
export function readRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const [, orderId] = /^\/order\/([^/]+)$/.exec(path) ?? [];
  if (orderId !== undefined) return { view: 'order', orderId: decoded(orderId) };
  const asked = new URLSearchParams(query);
  const filter: Filter = {
    status: statuses.find((one) => one === asked.get('status')) ?? '',
    userId: asked.get('user') ?? '',
    orderId: asked.get('order') ?? '',
  };
  return { view: 'orders', filter };
}

export function orderLink(orderId: string): string {
  return `#/order/${encodeURIComponent(orderId)}`;
}

export function filterLink({ status, userId, orderId }: Filter): string {
  const query = new URLSearchParams();
  if (status) query.set('status', status);
  if (userId) query.set('user', userId);
  if (orderId) query.set('order', orderId);
  return query.size > 0 ? `#/?${query}` : '#/';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
