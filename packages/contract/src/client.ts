import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './openapi.gen.ts';

export type OrdersClient = Client<paths>;

/**
 * A client for the service at `baseUrl`, typed by the contract.
 *
 * @param token - sent with every call, where the service asks for one
 * @param ends - aborted, it ends every call
 * Its calls resolve to `{ data, error, response }`; they reject only when there was no answer.
 */
export function createOrdersClient(
  baseUrl: string,
  token?: string,
  ends?: AbortSignal,
): OrdersClient {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  return createClient<paths>({ baseUrl, headers, ...(ends && { signal: ends }) });
}
