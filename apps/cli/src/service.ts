import { setTimeout as sleep } from 'node:timers/promises';
import { type components, createOrdersClient, type OrdersClient } from '@orders/contract';

import { exit, Failure } from './failure.ts';
import { writeLine } from './show.ts';
import type { Terminal } from './terminal.ts';

type Middleware = Parameters<OrdersClient['use']>[0];

/** The service that a command talks to. */
export interface Service {
  readonly client: OrdersClient;
  /** Without a slash at its end. */
  readonly url: string;
  /** Who is asking; belongs to every request. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface ServiceOptions {
  readonly url: string;
  readonly token?: string | undefined;
}

/**
 * A call that comes too soon for the service (429) is made again when it says so.
 *
 * @param ends - aborted, it ends every call
 * @throws Failure when the URL is none
 */
export function openService(
  { url, token }: ServiceOptions,
  terminal: Terminal,
  ends: AbortSignal,
): Service {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new Failure(`--url ${url}: must be a URL such as http://127.0.0.1:8000`, exit.usage);
  }
  const baseUrl = url.replace(/\/+$/, '');
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  const client = createOrdersClient(baseUrl, token, ends);
  client.use(waitWhenTooSoon(terminal, ends));
  return { client, url: baseUrl, headers };
}

function waitWhenTooSoon({ stderr, interrupted }: Terminal, ends: AbortSignal): Middleware {
  const copies = new Map<string, Request>();
  return {
    onRequest({ request, id }) {
      copies.set(id, request.clone());
    },
    onError({ id }) {
      copies.delete(id);
    },
    async onResponse({ response, id }) {
      const copy = copies.get(id) as Request;
      copies.delete(id);
      let answer = response;
      while (answer.status === 429) {
        const seconds = Number(answer.headers.get('Retry-After') ?? 1);
        writeLine(stderr, `too many requests, waiting ${seconds} s`);
        await sleep(1000 * seconds, undefined, { signal: interrupted });
        // A copy hears of the signal only as long as the first request is there.
        answer = await fetch(copy.clone(), { signal: ends });
      }
      return answer;
    },
  };
}

/**
 * What a call of the client brought.
 *
 * @throws Failure with the service's own words when it refused, or when it gave no answer
 */
export async function ask<Data>(
  service: Service,
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call.catch((cause) => {
    throw unreachable(service.url, cause);
  });
  if (response.ok && data !== undefined) return data;
  throw refusal(response.status, error);
}

/** The refusal in words, with every fault of what was sent. */
export function refusal(status: number, answer: unknown): Failure {
  const problem = (typeof answer === 'object' ? answer : {}) as Partial<
    components['schemas']['Problem']
  >;
  const faults = problem.errors ?? [];
  const message = [
    problem.detail ?? problem.title ?? `the service answered ${status}`,
    ...faults.map((fault) => `  ${fault.pointer ?? fault.parameter ?? ''} ${fault.detail}`),
  ].join('\n');
  return new Failure(message, status >= 500 || status === 429 ? exit.unavailable : exit.no);
}

/** No answer came at all. */
export function unreachable(url: string, cause: unknown): Failure {
  const { code, message } = ((cause as Error).cause ?? cause) as NodeJS.ErrnoException;
  return new Failure(
    `${url} does not answer (${code ?? message}). Is it running? --url names another address.`,
    exit.unavailable,
    { cause },
  );
}
