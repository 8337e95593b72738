import { createOrdersClient, type OrdersClient } from '@orders/contract/client';
import { createValue, type Value } from './value.ts';

/** Whether the service wants a token: `wanted` before one was given, `refused` after. */
export type TokenNeed = 'none' | 'wanted' | 'refused';

/** The service behind the page, and who asks it. */
export interface Service {
  readonly client: OrdersClient;
  /** Kept here and nowhere else: closing or reloading the page forgets it. */
  readonly token: Value<string | undefined>;
  readonly tokenNeed: Value<TokenNeed>;
  /** How far the service's clock is ahead of this one, in milliseconds, to within a second. */
  aheadMs(): number;
  /** Asks for the stream of all events. */
  openFeed(lastId: number | undefined, signal: AbortSignal): Promise<Response>;
}

export function createService(baseUrl: string): Service {
  const client = createOrdersClient(baseUrl);
  const token = createValue<string | undefined>(undefined);
  const tokenNeed = createValue<TokenNeed>('none');

  let aheadMs = 0;

  /** The header has whole seconds only: half of one is what it leaves out on average. */
  function noteClock(answer: Headers): void {
    const at = Date.parse(answer.get('Date') ?? '');
    if (!Number.isNaN(at)) aheadMs = at + 500 - Date.now();
  }

  function noteRefusal(request: Headers, status: number): void {
    if (status !== 401) return;
    // An answer to an earlier token says nothing about the present one.
    if (request.get('Authorization') !== authorization()) return;
    tokenNeed.set(token.get() === undefined ? 'wanted' : 'refused');
  }

  function authorization(): string | null {
    const given = token.get();
    return given === undefined ? null : `Bearer ${given}`;
  }

  function withToken(headers: Headers): Headers {
    const given = authorization();
    if (given !== null) headers.set('Authorization', given);
    return headers;
  }

  client.use({
    onRequest({ request }) {
      withToken(request.headers);
    },
    onResponse({ request, response }) {
      noteClock(response.headers);
      noteRefusal(request.headers, response.status);
    },
  });

  return {
    client,
    token,
    tokenNeed,
    aheadMs: () => aheadMs,
    async openFeed(lastId, signal) {
      const headers = withToken(new Headers({ Accept: 'text/event-stream' }));
      if (lastId !== undefined) headers.set('Last-Event-ID', String(lastId));
      const response = await fetch(`${baseUrl}/events`, { headers, signal, cache: 'no-store' });
      noteClock(response.headers);
      noteRefusal(headers, response.status);
      return response;
    },
  };
}

/** Why something could not be done, in words for people. */
export class Refused extends Error {}

/** What the service answered, which is JSON here. @throws Refused with what it says is wrong */
export async function answered<T>(
  call: Promise<{ data?: T; error?: { title?: string; detail?: string }; response: Response }>,
): Promise<Exclude<T, string>> {
  const { data, error, response } = await call.catch(() => {
    throw new Refused('The service does not answer.');
  });
  if (data !== undefined) return data as Exclude<T, string>;
  if (response.status === 403) {
    throw new Refused(`Your token does not allow this. ${error?.detail ?? ''}`);
  }
  throw new Refused(error?.detail ?? error?.title ?? `The service answers ${response.status}.`);
}
