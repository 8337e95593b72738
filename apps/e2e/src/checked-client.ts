import { createOrdersClient, type OrdersClient } from '@orders/contract';

import { createContractCheck } from './contract-check.ts';

/** A typed client that holds every answer it gets against the contract. */
export interface CheckedClient {
  readonly client: OrdersClient;
  /** What was asked for so far: `get /order/{order_id}`, … */
  readonly visited: ReadonlySet<string>;
}

/** @throws Error, from the call, when an answer is not as the contract says */
export function createCheckedClient(baseUrl: string): CheckedClient {
  const check = createContractCheck();
  const visited = new Set<string>();
  const client = createOrdersClient(baseUrl);

  client.use({
    async onResponse({ request, response, schemaPath }) {
      const operation = `${request.method.toLowerCase()} ${schemaPath}`;
      visited.add(operation);
      const { status, headers } = response;
      const header = (name: string) => headers.get(name);
      const seen = { status, header, text: await response.clone().text() };
      const fault = check.answer(request.method, schemaPath, seen);
      if (fault) throw new Error(`${operation} ${status}: ${fault}`);
    },
  });
  return { client, visited };
}
