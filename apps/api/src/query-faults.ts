import type { ContractDocument, Operation } from '@orders/contract';
import type { Request, Response } from 'express';
import type { Fault } from './problems.ts';

/**
 * Tells which parameters of a query the contract does not have, and which are empty. The validator
 * would tell the first one alone, and nothing else that is wrong with the request. An operation that
 * never answers 422 takes any.
 */
export function queryFaultsOf(
  document: ContractDocument,
): (req: Request, res: Response) => Fault[] {
  const operations = new Map<string, Set<string>>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!('422' in operation.responses)) continue;
      operations.set(`${method.toUpperCase()} ${path}`, inQuery(operation, document));
    }
  }
  return ({ method, query }, { locals }) => {
    const known = operations.get(`${method} ${locals.route}`);
    if (known === undefined) return [];
    return Object.entries(query).flatMap(([parameter, value]) => {
      if (!known.has(parameter)) {
        return [{ parameter, code: 'additionalProperties', detail: 'is not a known field' }];
      }
      return value === '' ? [{ parameter, code: 'minLength', detail: 'must not be empty' }] : [];
    });
  };
}

function inQuery({ parameters = [] }: Operation, { components }: ContractDocument): Set<string> {
  const given = parameters.map((one) =>
    '$ref' in one ? components.parameters[one.$ref.replace('#/components/parameters/', '')] : one,
  );
  return new Set(given.flatMap((one) => (one?.in === 'query' ? [one.name] : [])));
}
