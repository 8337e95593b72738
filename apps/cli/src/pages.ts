import type { operations } from '@orders/contract';

import { ask, type Service } from './service.ts';

type Query = NonNullable<operations['findOrders']['parameters']['query']>;
type Order = Awaited<ReturnType<typeof readPage>>['data'][number];

/** As many as a page can have. */
const pageSize = 100;

/** All orders that the filter lets through, newest first, page by page. @throws Failure */
export async function* findAll(
  service: Service,
  filter: Omit<Query, 'limit' | 'cursor'>,
): AsyncGenerator<Order> {
  let cursor: string | null | undefined;
  do {
    const page = await readPage(service, { ...filter, limit: pageSize, ...(cursor && { cursor }) });
    yield* page.data;
    cursor = page.next_cursor;
  } while (cursor);
}

function readPage(service: Service, query: Query) {
  return ask(service, service.client.GET('/order/', { params: { query } }));
}
