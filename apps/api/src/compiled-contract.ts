import { type Contract, loadContract } from '@orders/contract';
import type { ErrorRequestHandler, RequestHandler } from 'express';

import { createRowReader, type RowReader } from './rows.ts';
import { validation } from './validation.ts';

/** The contract, and what holds requests against it. Any number of apps may share one. */
export interface CompiledContract extends Contract {
  readonly validation: readonly (RequestHandler | ErrorRequestHandler)[];
  readonly rows: RowReader;
}

/**
 * Reads openapi.yaml and compiles its schemas, which is most of what an app costs to make.
 *
 * @param validateResponses - answers that break the contract become errors, and so does a contract
 * that is no OpenAPI document: for tests
 */
export function compileContract(validateResponses = false): CompiledContract {
  const contract = loadContract();
  return {
    ...contract,
    validation: validation(contract.document, validateResponses),
    rows: createRowReader(contract.document),
  };
}
