import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { addAbortSignal } from 'node:stream';
import type { components } from '@orders/contract';

import { refusal, type Service, unreachable } from './service.ts';

export type BatchResult = components['schemas']['BatchRow'];
/** A line of the answer: a result, or at its end the summary, or why there is none. */
export type BatchLine =
  | BatchResult
  | components['schemas']['BatchSummary']
  | components['schemas']['Problem'];

/** `POST /order/batch` under way, with lines. */
export interface Batch {
  /** Sends text, no faster than it is taken. What is sent after the end of the connection is lost. */
  send(text: Buffer): Promise<void>;
  /** Nothing more is to come. */
  end(): void;
  /** The lines of the answer, as they come, until it ends or breaks off. */
  answer(): AsyncIterable<BatchLine>;
  /** Fires when the answer is over, however. */
  readonly over: AbortSignal;
  close(): void;
}

/**
 * Begins a batch. By `node:http`, because fetch does not promise to bring an answer that begins
 * before the request is complete.
 *
 * @param ends - aborted before the answer has begun, it ends the attempt
 * @throws Failure when the service cannot be reached, or refuses at once
 */
export async function openBatch(service: Service, ends: AbortSignal): Promise<Batch> {
  const url = new URL(`${service.url}/order/batch`);
  const headers = { ...service.headers, 'Content-Type': 'application/x-ndjson' };
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const client = request(url, { method: 'POST', headers, agent: false });
  client.flushHeaders();
  // Whoever breaks off is told by the end of the answer.
  client.on('error', () => {});
  const [answer] = (await once(client, 'response', { signal: ends }).catch((cause) => {
    client.destroy();
    throw unreachable(service.url, cause);
  })) as [IncomingMessage];
  answer.on('error', () => {});
  if (answer.statusCode !== 200) {
    const problem = await textOf(addAbortSignal(ends, answer)).catch(() => undefined);
    client.destroy();
    throw refusal(answer.statusCode ?? 0, problem);
  }
  const over = new AbortController();
  answer.once('close', () => over.abort());
  return {
    async send(text) {
      if (!client.destroyed && !client.write(text)) await drained(client, over.signal);
    },
    end: () => void client.end(),
    async *answer() {
      try {
        for await (const line of linesOf(answer)) {
          const parsed = parse(line);
          if (parsed === undefined) return;
          yield parsed;
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      }
    },
    over: over.signal,
    close: () => void client.destroy(),
  };
}

/** Its complete lines. Not by readline, which also ends lines at U+2028, as JSON may have it in a string. */
async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = '';
  for await (const text of answer.setEncoding('utf8')) {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Undefined for what is no JSON. */
function parse(line: string): BatchLine | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function textOf(answer: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return parse(text) ?? text;
}

async function drained(client: ClientRequest, over: AbortSignal): Promise<void> {
  await once(client, 'drain', { signal: over }).catch(() => {});
}
