import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';

/** One line of an answer to lines. */
export type ResultLine = Record<string, unknown> & { status?: string; order_id?: string | null };

/** A batch of lines under way. */
export interface Batch {
  readonly client: ClientRequest;
  /** Sends lines, no faster than they are taken. */
  send(lines: Iterable<object>): Promise<void>;
  /** The lines of the answer, as they come, until it ends or breaks off. */
  results(): AsyncIterable<ResultLine>;
}

/** Begins `POST /order/batch`; resolves when the answer has begun. */
export async function openBatch(baseUrl: string): Promise<Batch> {
  const headers = { 'Content-Type': 'application/x-ndjson' };
  const client = request(`${baseUrl}/order/batch`, { method: 'POST', headers, agent: false });
  // Whoever breaks off, or is broken off, is told here too.
  client.on('error', () => {});
  client.flushHeaders();
  const [answer] = (await once(client, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return {
    client,
    async send(lines) {
      let text = '';
      for (const line of lines) {
        text += `${JSON.stringify(line)}\n`;
        if (text.length < 65_536) continue;
        if (client.destroyed) return;
        if (!client.write(text)) await drained(client);
        text = '';
      }
      client.write(text);
    },
    async *results() {
      try {
        for await (const line of createInterface({ input: answer })) yield JSON.parse(line);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
      }
    },
  };
}

function drained(client: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      client.off('drain', done).off('close', done);
      resolve();
    };
    client.on('drain', done).on('close', done);
  });
}
