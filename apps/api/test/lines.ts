import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import { formats, loadContract } from '@orders/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';

const ajv = new Ajv2020({ strict: false, formats });
ajv.addSchema(loadContract().document, 'contract');
const lineSchemas = ['BatchRow', 'BatchSummary', 'Problem'];
const isLine = ajv.compile({
  oneOf: lineSchemas.map((name) => ({ $ref: `contract#/components/schemas/${name}` })),
});

/** A line of the answer to a batch of lines, which keeps the contract. */
export function parseLine(text: string) {
  const line = JSON.parse(text);
  expect(isLine(line), `${text} ${JSON.stringify(isLine.errors)}`).to.equal(true);
  return line;
}

/** A batch of lines under way: what is sent of it, and the lines of its answer as they come. */
export async function openLines(
  port: number,
  { headers = {}, query = '' }: { headers?: Record<string, string>; query?: string } = {},
) {
  const client = request({
    ...{ port, host: '127.0.0.1', path: `/order/batch${query}`, method: 'POST', agent: false },
    headers: { ...headers, 'Content-Type': 'application/x-ndjson' },
  });
  client.on('error', () => {});
  client.flushHeaders();
  const [answer] = (await once(client, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  const lines = createInterface({ input: answer })[Symbol.asyncIterator]();
  return {
    client,
    status: answer.statusCode,
    /** The next line; undefined when there is none. */
    async next() {
      const line = await lines.next();
      return line.done ? undefined : parseLine(line.value);
    },
  };
}
