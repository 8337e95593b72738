import type { ContractDocument } from '@orders/contract';
import type { RequestHandler } from 'express';

declare global {
  namespace Express {
    interface Locals {
      /** How many faults the body had that are not in it any more. */
      faultsLeftOut?: number;
    }
  }
}

/**
 * Leaves out of a body what would only be more of too many faults: the validator makes objects and
 * sentences of all, 3 µs each, and there may be one for every two bytes. What is left has as many
 * unknown fields as are listed, and of a list of items one more than it may have.
 *
 * @param mostFaults - that are listed
 */
export function boundedBody(document: ContractDocument, mostFaults: number): RequestHandler {
  const schemas = Object.values(document.components.schemas);
  const known = new Set(schemas.flatMap(({ properties = {} }) => Object.keys(properties)));
  const mostItems = document.components.schemas.ItemIds?.maxItems ?? 0;
  return (req, res, next) => {
    const { body } = req;
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return next();
    const { item_ids } = body;
    if (Array.isArray(item_ids)) item_ids.length = Math.min(item_ids.length, mostItems + 1);
    const names = Object.keys(body);
    if (names.length > mostFaults) {
      const unknown = names.filter((name) => !known.has(name)).slice(0, mostFaults);
      const left = [...names.filter((name) => known.has(name)), ...unknown];
      req.body = Object.fromEntries(left.map((name) => [name, body[name]]));
      res.locals.faultsLeftOut = names.length - left.length;
    }
    next();
  };
}
