import { type ContractDocument, formats } from '@orders/contract';
import type { NewOrder } from '@orders/db';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { notTheirs } from './auth/caller.ts';
import { longestOrder } from './body.ts';
import { faultsOf, requirementsOf } from './faults.ts';
import { toNewOrder, type ValidOrder } from './orders.ts';
import { Problem } from './problems.ts';
import { problemOf, tooLong } from './validation.ts';

/** One order of a batch, as it was read: to be placed, or what is wrong with it. */
export type Row = { readonly index: number } & (
  | { readonly order: NewOrder; readonly problem?: never }
  | { readonly order?: never; readonly orderId: string | null; readonly problem: Problem }
);

const mostFaults = 10;

/** Where a row stands. */
export interface RowPlace {
  readonly index: number;
  /** What every pointer to a fault begins with, such as `/orders/3`. */
  readonly place: string;
  readonly requestId: string;
  /** The user whose orders alone may be placed; undefined: anybody's. */
  readonly only: string | undefined;
}

/** Reads rows of a batch, whatever they are. */
export interface RowReader {
  read(value: unknown, place: RowPlace): Row;
  /** The same for a line, which should be JSON, or for what is wrong with it. */
  readLine(line: string | Problem, place: RowPlace): Row;
}

/** Holds single orders against the contract, as the validator does with those that come alone. */
export function createRowReader(document: ContractDocument): RowReader {
  // The options with which express-openapi-validator checks a body.
  const ajv = new Ajv2020({
    ...{ strict: false, strictNumbers: true, validateSchema: false },
    ...{ allErrors: true, useDefaults: true, formats },
  });
  ajv.addSchema(document, 'contract');
  const isOrder = ajv.compile<ValidOrder>({ $ref: 'contract#/components/schemas/NewOrder' });
  const requirements = requirementsOf(document);
  const longest = document.components.schemas.ItemIds?.maxLength ?? 0;

  function check(value: unknown, { index, place, requestId, only }: RowPlace): Row {
    const errors = isOrder(value) ? [] : faultsFound(isOrder.errors ?? []);
    const long = tooLong(value, longest);
    const total = errors.length + long.length;
    if (total === 0) {
      const order = toNewOrder(value as ValidOrder, requestId);
      const problem = notTheirs(only, order.userId);
      return problem ? { index, orderId: order.orderId, problem } : { index, order };
    }
    // Only these are put in words: there may be one for every three bytes of a row.
    const listed = faultsOf(errors.slice(0, mostFaults).map(asValidatorTells), requirements);
    const faults = [...listed, ...long].slice(0, mostFaults).map((fault) => ({
      ...fault,
      pointer: `#${place}${fault.pointer?.slice(1)}`,
    }));
    return { index, orderId: idOf(value, errors), problem: problemOf(faults, total) };
  }

  return {
    read(value, place) {
      // As a body of its own it would have been refused, too, before anybody looked for faults.
      if (isTooLarge(value)) return rejected(place, tooLarge());
      return check(value, place);
    },
    readLine(line, place) {
      if (line instanceof Problem) return rejected(place, line);
      try {
        return check(JSON.parse(line), place);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return rejected(place, new Problem('invalid-json', error.message));
      }
    },
  };
}

function isTooLarge(value: unknown): boolean {
  try {
    return Buffer.byteLength(JSON.stringify(value)) > longestOrder;
  } catch (error) {
    // Nested deeper than can be written; it could be read, and is no order whatever its size.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** That one order of several has more bytes than one order may have. */
export function tooLarge(): Problem {
  return new Problem('body-too-large', `An order may have ${longestOrder} bytes`);
}

function rejected({ index }: RowPlace, problem: Problem): Row {
  return { index, orderId: null, problem };
}

/** Without those that only say that a branch was taken. */
function faultsFound(errors: readonly ErrorObject[]): ErrorObject[] {
  return errors.filter(({ keyword }) => keyword !== 'if');
}

/** An error as express-openapi-validator would tell it of a body. */
function asValidatorTells({ keyword, instancePath, params, message }: ErrorObject) {
  const field = params.missingProperty ?? params.additionalProperty;
  const path = `/body${instancePath}${field === undefined ? '' : `/${field}`}`;
  const values = keyword === 'enum' ? `: ${params.allowedValues.join(', ')}` : '';
  return { path, message: `${message}${values}`, errorCode: keyword };
}

function idOf(value: unknown, errors: readonly ErrorObject[]): string | null {
  const id = (value as { order_id?: unknown } | null)?.order_id;
  const isValid = errors.every(({ instancePath }) => instancePath !== '/order_id');
  return typeof id === 'string' && isValid ? id : null;
}
