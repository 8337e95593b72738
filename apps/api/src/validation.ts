import process from 'node:process';
import url from 'node:url';
import { type ContractDocument, formats } from '@orders/contract';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { middleware, error as validatorErrors } from 'express-openapi-validator';
import { boundedBody } from './bounded-body.ts';
import { faultsFound, faultsOf, requirementsOf } from './faults.ts';
import { joinItems } from './orders.ts';
import { type Fault, Problem } from './problems.ts';
import { queryFaultsOf } from './query-faults.ts';

const mostFaults = 100;

const checkedOneByOne = 'x-checked-one-by-one';

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
  const validated = toValidate(document);

  const queryFaults = queryFaultsOf(validated);

  /** What the validator does not look for. */
  function otherFaults(req: Request, res: Response): Fault[] {
    return [...queryFaults(req, res), ...infinite(req), ...tooLong(req.body, longest)];
  }
  const refuseOtherFaults: RequestHandler = (req, res, next) => {
    const faults = otherFaults(req, res);
    next(faults.length > 0 ? problemOf(faults) : undefined);
  };
  const collectFaults: ErrorRequestHandler = (error, req, res, next) => {
    if (!(error instanceof validatorErrors.BadRequest)) return next(error);
    const others = otherFaults(req, res);
    const told = new Set(others.map(({ parameter }) => `/query/${parameter}`));
    const errors = faultsFound(error.errors).filter(({ path }) => !told.has(path));
    // Only these are put in words.
    const faults = [...faultsOf(errors.slice(0, mostFaults), requirements), ...others];
    const { faultsLeftOut = 0 } = res.locals;
    next(problemOf(faults, errors.length + others.length + faultsLeftOut));
  };
  const validator = middleware({
    apiSpec: validated as unknown as Parameters<typeof middleware>[0]['apiSpec'],
    validateApiSpec: validateResponses,
    validateRequests: { allErrors: true, allowUnknownQueryParameters: true },
    validateResponses,
    validateSecurity: false,
    fileUploader: false,
    formats,
    // The path as the contract writes it, not as it was sent.
    useRequestUrl: true,
  });
  askNoMoreWhoParses();
  return [
    boundedBody(document, mostFaults),
    ...validator.map((handler) => onceAnOperation(handler, validated)),
    refuseOtherFaults,
    collectFaults,
  ];
}

/**
 * Refuses names with brackets in the query, which no parameter has, before anybody looks at it: the
 * validator would read them anew by rules of its own, as another parameter or as none.
 */
export function refuseBrackets(document: ContractDocument): RequestHandler {
  const queryFaults = queryFaultsOf(document);
  return (req, res, next) => {
    const hasBrackets =
      bracket.test(req.url) && Object.keys(req.query).some((name) => bracket.test(name));
    const faults = hasBrackets ? queryFaults(req, res) : [];
    next(faults.length > 0 ? problemOf(faults) : undefined);
  };
}

const bracket = /\[|%5b/i;

/**
 * Node looks through the stack whenever the validator calls `url.parse`, with every request: a
 * package may, a program is warned, once. With that behind it, it looks no more.
 */
function askNoMoreWhoParses(): void {
  const { noDeprecation = false } = process;
  process.noDeprecation = true;
  url.parse('');
  process.noDeprecation = noDeprecation;
}

/**
 * The validator compiles and tries all paths anew for every request, to find out which operation
 * of the contract is meant: 12 % of the work for an order. What it found is remembered here.
 */
function onceAnOperation(handler: RequestHandler, { paths }: ContractDocument): RequestHandler {
  if (handler.name !== 'metadataMiddleware') return handler;
  const found = new Map<string, object>();
  return (req: Request & { openapi?: object }, res, next) => {
    const { route = '', pathParams } = res.locals;
    if (!Object.hasOwn(paths, route)) return next();
    const operation = `${req.method} ${route}`;
    const known = found.get(operation);
    if (known) {
      req.openapi = { ...known, pathParams };
      return next();
    }
    handler(req, res, (error) => {
      if (req.openapi) found.set(operation, req.openapi);
      next(error);
    });
  };
}

/**
 * A copy, since the validator changes what it is given, of what it is to see: the paths that may
 * answer 422. A batch is not refused for one order in it.
 */
function toValidate(document: ContractDocument): ContractDocument {
  const paths = Object.entries(document.paths).filter(([, item]) =>
    Object.values(item).some((operation) => '422' in operation.responses),
  );
  const copy = structuredClone({ ...document, paths: Object.fromEntries(paths) });
  loosen(copy.components.schemas);
  return copy;
}

/** Takes the rules for the items out of lists whose items are checked one by one, elsewhere. */
function loosen(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if (checkedOneByOne in node && 'items' in node) delete node.items;
  for (const child of Object.values(node)) loosen(child);
}

/** @param total - how many faults there are, where not all of them are given */
export function problemOf(faults: Fault[], total = faults.length): Problem {
  const errors = faults.slice(0, mostFaults);
  const [first] = faults;
  const listed = errors.length < total ? `the first ${errors.length} are listed` : 'listed';
  const detail =
    first && total === 1
      ? `${first.pointer ?? first.parameter} ${first.detail}`
      : `${total} faults, ${listed} in errors`;
  return new Problem('validation-error', detail, { errors });
}

/** "1e400" becomes Infinity, which the validator then holds against no limit. */
function infinite({ query, headers }: Request): Fault[] {
  return [query, headers].flatMap((given: Record<string, unknown>) =>
    Object.keys(given)
      .filter((name) => typeof given[name] === 'number' && !Number.isFinite(given[name]))
      .map((parameter) => ({ parameter, code: 'type', detail: 'must be integer' })),
  );
}

/** A list of items has a length in all only once it is joined; JSON Schema cannot say that. */
export function tooLong(body: unknown, longest: number): Fault[] {
  const items = (body as { item_ids?: unknown } | null | undefined)?.item_ids;
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'string')) return [];
  const joined = joinItems(items);
  // Counted as JSON Schema counts: a character outside the basic plane is one.
  if (joined.length <= longest || [...joined].length <= longest) return [];
  const detail = `must not have more than ${longest} characters in all`;
  return [{ pointer: '#/item_ids', code: 'maxLength', detail }];
}
