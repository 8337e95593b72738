import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './openapi.gen.ts';

export type OrdersClient = Client<paths>;

/**
 * A client for the service at `baseUrl`, typed by the contract.
 *
 * Its calls resolve to `{ data, error, response }`; they reject only when there was no answer.
 */
export function createOrdersClient(baseUrl: string): OrdersClient {
  return createClient<paths>({ baseUrl });
}
