import { type ContractDocument, formats } from '@orders/contract';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { middleware, error as validatorErrors } from 'express-openapi-validator';
import { faultsOf, requirementsOf } from './faults.ts';
import { joinItems } from './orders.ts';
import { type Fault, Problem } from './problems.ts';

const mostFaults = 100;

/**
 * Holds requests against the contract, and answers too where asked for.
 *
 * Behind it a body is valid and has its defaults filled in. A request that breaks the contract
 * ends as one problem with all its faults.
 */
export function validation(
  document: ContractDocument,
  validateResponses: boolean,
): (RequestHandler | ErrorRequestHandler)[] {
  const requirements = requirementsOf(document);
  const longest = document.components.schemas.ItemIds?.maxLength ?? 0;

  const refuseTooLong: RequestHandler = (req, _res, next) => {
    const faults = tooLong(req.body, longest);
    next(faults.length > 0 ? problemOf(faults) : undefined);
  };
  const collectFaults: ErrorRequestHandler = (error, req, _res, next) => {
    if (!(error instanceof validatorErrors.BadRequest)) return next(error);
    const faults = faultsOf(error.errors, requirements);
    next(problemOf([...faults, ...tooLong(req.body, longest)]));
  };
  const validator = middleware({
    apiSpec: toValidate(document) as unknown as Parameters<typeof middleware>[0]['apiSpec'],
    validateApiSpec: validateResponses,
    validateRequests: { allErrors: true },
    validateResponses,
    validateSecurity: false,
    fileUploader: false,
    formats,
    // The path as the contract writes it, not as it was sent.
    useRequestUrl: true,
  });
  return [...validator, refuseTooLong, collectFaults];
}

/**
 * A copy, since the validator changes what it is given, of what it is to see: the paths that may
 * answer 422. It looks through all of them anew for every request.
 */
function toValidate(document: ContractDocument): ContractDocument {
  const paths = Object.entries(document.paths).filter(([, item]) =>
    Object.values(item).some((operation) => '422' in operation.responses),
  );
  return structuredClone({ ...document, paths: Object.fromEntries(paths) });
}

function problemOf(faults: Fault[]): Problem {
  const errors = faults.slice(0, mostFaults);
  const [first] = faults;
  const listed = faults.length > mostFaults ? `the first ${mostFaults} are listed` : 'listed';
  const detail =
    first && faults.length === 1
      ? `${first.pointer ?? first.parameter} ${first.detail}`
      : `${faults.length} faults, ${listed} in errors`;
  return new Problem('validation-error', detail, { errors });
}

/** A list of items has a length in all only once it is joined; JSON Schema cannot say that. */
function tooLong(body: unknown, longest: number): Fault[] {
  const items = (body as { item_ids?: unknown } | null | undefined)?.item_ids;
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) return [];
  const joined = joinItems(items);
  // Counted as JSON Schema counts: a character outside the basic plane is one.
  if (joined.length <= longest || [...joined].length <= longest) return [];
  const detail = `must not have more than ${longest} characters in all`;
  return [{ pointer: '#/item_ids', code: 'maxLength', detail }];
}
