import { type ContractDocument, formats, loadContract } from '@orders/contract';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** An answer as it came, whoever brought it. */
export interface SeenAnswer {
  readonly status: number;
  /** The value of a header; null where there is none. */
  header(name: string): string | null;
  readonly text: string;
}

/** Holds answers against the contract. */
export interface ContractCheck {
  readonly document: ContractDocument;
  /**
   * @param path - as the contract writes it
   * @returns what is wrong with the answer; undefined when nothing is
   */
  answer(method: string, path: string, answer: SeenAnswer): string | undefined;
  /** The same for a refusal of what the contract has no operation for. */
  problem(answer: SeenAnswer): string | undefined;
  /** The same for a value, by the name of a schema. */
  value(schema: string, value: unknown): string | undefined;
}

export type Node = Record<string, unknown>;

export function createContractCheck(): ContractCheck {
  const { document } = loadContract();
  const ajv = new Ajv2020({ strict: false, formats });
  addFormats.default(ajv);
  ajv.addSchema(document, 'contract');
  const compiled = new Map<unknown, ValidateFunction>();

  /** @param steps - where the contract has the schema */
  function fits(steps: readonly string[], value: unknown): string | undefined {
    const $ref = `contract#/${steps.map(asStep).join('/')}`;
    const validate = compiled.get($ref) ?? ajv.compile({ $ref });
    compiled.set($ref, validate);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  }

  return {
    document,
    answer(method, path, answer) {
      const operation = method === 'HEAD' ? 'get' : method.toLowerCase();
      const steps = ['paths', path, operation, 'responses', String(answer.status)];
      const place = follow(document, steps);
      if (place === undefined) return `must not answer ${answer.status}`;
      const { headers = {}, content } = place.node as { headers?: Node; content?: Node };
      for (const name of Object.keys(headers)) {
        const header = follow(document, [...place.steps, 'headers', name])?.node;
        if (header?.required && answer.header(name) === null) return `has no header ${name}`;
      }
      if (content === undefined) return answer.text === '' ? undefined : 'must not have a body';
      const type = typeOf(answer);
      if (!(type in content)) return `must not be ${type || 'of no media type'}`;
      if (method === 'HEAD') return answer.text === '' ? undefined : 'must not have a body';
      const value =
        type.endsWith('/json') || type.endsWith('+json') ? parse(answer.text) : answer.text;
      return fits([...place.steps, 'content', type, 'schema'], value);
    },
    problem(answer) {
      const type = typeOf(answer);
      if (type !== 'application/problem+json') return `${answer.status} without a problem`;
      if (answer.header('X-Request-Id') === null) return 'has no header X-Request-Id';
      if (answer.text === '') return undefined;
      return fits(['components', 'schemas', 'Problem'], parse(answer.text));
    },
    value: (schema, value) => fits(['components', 'schemas', schema], value),
  };
}

/** What the contract has at a place, and where that is written: parts are shared by reference. */
export function follow(
  document: object,
  steps: readonly string[],
): { node: Node; steps: string[] } | undefined {
  let found = { node: document as Node, steps: [] as string[] };
  for (const step of steps) {
    const next = found.node[step] as Node | undefined;
    if (next === undefined) return undefined;
    const { $ref } = next;
    if (typeof $ref !== 'string') found = { node: next, steps: [...found.steps, step] };
    else found = follow(document, $ref.split('/').slice(1)) ?? found;
  }
  return found;
}

function typeOf(answer: SeenAnswer): string {
  return answer.header('Content-Type')?.split(';')[0] ?? '';
}

/** What is not JSON fits no schema. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asStep(step: string): string {
  return encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));
}
