import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { Problem } from '../problems.ts';

/**
 * Where nobody is asked for a token, a page of a stranger that is open in a browser on this machine
 * could do what its user can: send requests that change something, or have its own name stand for
 * this machine and be taken for a page of this service. Neither can be had from a browser with a
 * token, which it does not send by itself.
 *
 * Refused here is what is asked for by another name.
 *
 * @param ownName - one that this machine goes by, beside its addresses and localhost
 */
export function refuseOtherNames(ownName: string): RequestHandler {
  return (req, _res, next) => {
    if (!isOwnName(req.hostname, ownName)) {
      const detail = `${req.hostname} is no name of this service: ask localhost, or set HOST to it`;
      throw new Problem('forbidden', detail);
    }
    next();
  };
}

/**
 * The same for what changes something, when the browser says that another origin asks for it, as
 * Go's net/http has it (https://pkg.go.dev/net/http#CrossOriginProtection).
 */
export const refuseOtherOrigins: RequestHandler = (req, _res, next) => {
  if (!safeMethods.has(req.method) && isOfOtherOrigin(req)) {
    throw new Problem('forbidden', 'A page of another origin may not change anything here');
  }
  next();
};

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whoever has an address in place of a name cannot have been led astray by a name. */
function isOwnName(hostname: string | undefined, ownName: string): boolean {
  // No browser leaves it out.
  if (hostname === undefined) return true;
  const name = hostname.toLowerCase();
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
  return isAddress || /^(.+\.)?localhost$/.test(name) || name === ownName.toLowerCase();
}

function isOfOtherOrigin(req: Request): boolean {
  const site = req.get('Sec-Fetch-Site');
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const origin = req.get('Origin');
  // What comes from no page has neither.
  return origin !== undefined && URL.parse(origin)?.host !== req.host;
}
