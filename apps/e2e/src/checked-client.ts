import { createOrdersClient, formats, loadContract, type OrdersClient } from '@orders/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** A typed client that holds every answer it gets against the contract. */
export interface CheckedClient {
  readonly client: OrdersClient;
  /** What was asked for so far: `get /order/{order_id}`, … */
  readonly visited: ReadonlySet<string>;
}

type Node = Record<string, unknown>;

/** @throws Error, from the call, when an answer is not as the contract says */
export function createCheckedClient(baseUrl: string): CheckedClient {
  const { document } = loadContract();
  const ajv = new Ajv2020({ strict: false, formats });
  addFormats.default(ajv);
  ajv.addSchema(document, 'contract');
  const visited = new Set<string>();
  const client = createOrdersClient(baseUrl);

  client.use({
    async onResponse({ request, response, schemaPath }) {
      const operation = `${request.method.toLowerCase()} ${schemaPath}`;
      visited.add(operation);
      const type = response.headers.get('Content-Type')?.split(';')[0] ?? '';
      const at = answerAt(document as unknown as Node, schemaPath, request.method, response.status);
      if ([204, 302, 304].includes(response.status)) return;
      const body = response.clone();
      const value = type.endsWith('json') ? await body.json() : await body.text();
      const $ref = `contract#${at}/content/${asStep(type)}/schema`;
      const validate = ajv.compile({ $ref });
      if (validate(value)) return;
      throw new Error(`${operation} ${response.status}: ${ajv.errorsText(validate.errors)}`);
    },
  });
  return { client, visited };
}

/** Where the contract has this answer, as a JSON pointer; answers may be shared by reference. */
function answerAt(document: Node, path: string, method: string, status: number): string {
  const own = ['paths', path, method.toLowerCase(), 'responses', String(status)];
  const answer = own.reduce((node, step) => node?.[step] as Node, document);
  if (answer === undefined) throw new Error(`${method} ${path} must not answer ${status}`);
  const { $ref } = answer;
  return typeof $ref === 'string' ? $ref.slice(1) : `/${own.map(asStep).join('/')}`;
}

function asStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
