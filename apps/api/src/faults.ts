import type { ContractDocument } from '@orders/contract';
import type { Fault } from './problems.ts';

/** What express-openapi-validator tells about a fault. */
interface ValidatorError {
  path: string;
  message: string;
  errorCode?: string;
}

/** Sentences for people, by the message the validator has for the same fault. */
export type Requirements = Map<string, string>;

/**
 * Finds every `x-requirement` of the contract; it stands beside the pattern, format or enum that
 * it puts in words.
 */
export function requirementsOf(document: ContractDocument): Requirements {
  const requirements: Requirements = new Map();
  visit(document.components);
  return requirements;

  function visit(node: unknown): void {
    if (typeof node !== 'object' || node === null) return;
    const {
      'x-requirement': words,
      pattern,
      format,
      enum: values,
    } = node as Record<string, unknown>;
    if (typeof words === 'string') {
      if (pattern) requirements.set(`must match pattern "${pattern}"`, words);
      else if (format) requirements.set(`must match format "${format}"`, words);
      else if (Array.isArray(values)) {
        const list = values.join(', ');
        requirements.set(`must be equal to one of the allowed values: ${list}`, words);
      }
    }
    for (const child of Object.values(node)) visit(child);
  }
}

/** Without those that only say that a branch was taken; the fault inside it is listed by itself. */
export function faultsFound(errors: ValidatorError[]): ValidatorError[] {
  return errors.filter((error) => codeOf(error) !== 'if');
}

/** The validator's errors as the contract tells them. */
export function faultsOf(errors: ValidatorError[], requirements: Requirements): Fault[] {
  return errors.map((error) => {
    const { path, message } = error;
    const code = codeOf(error);
    const detail = requirements.get(message) ?? inWords(code, message);
    return { ...placeOf(path, code), code, detail };
  });
}

function codeOf({ errorCode = '' }: ValidatorError): string {
  return errorCode.replace('.openapi.validation', '');
}

const typesInWords: Record<string, string> = {
  string: 'text',
  number: 'a finite number',
  array: 'a list',
  object: 'an object',
};

function inWords(code: string, message: string): string {
  if (code === 'required') return 'is missing';
  if (code === 'additionalProperties') return 'is not a known field';
  if (code !== 'type') return message.replace('NOT', 'not');
  const types = message.replace('must be ', '').split(',');
  return `must be ${types.map((type) => typesInWords[type] ?? type).join(' or ')}`;
}

function placeOf(path: string, code: string): Partial<Fault> {
  const [, part, ...rest] = path.split('/');
  // An unknown field whose name is empty comes without any path at all.
  if (part !== undefined && part !== 'body') return { parameter: rest.join('/') };
  const name = rest.join('/');
  // The name of an unknown field is whatever was sent, nothing included; known ones need no care.
  if (code === 'additionalProperties') return { pointer: `#/${escapePointer(name)}` };
  return { pointer: name === '' ? '#' : `#/${name}` };
}

/** One step of a JSON pointer in a URI fragment (RFC 6901, sections 3 and 6). */
function escapePointer(name: string): string {
  return encodeURIComponent(name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'));
}
