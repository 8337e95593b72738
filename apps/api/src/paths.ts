import type { ContractDocument, Operation } from '@orders/contract';
import type { RequestHandler } from 'express';
import { type Access, accessOf } from './auth/access.ts';
import { Problem } from './problems.ts';

declare global {
  namespace Express {
    interface Locals {
      /** The path as the contract writes it, where it lists it. */
      route?: string;
      /** What stands in the path where the contract has a parameter, decoded. */
      pathParams: Record<string, string>;
    }
  }
}

interface Path {
  written: string;
  matches: RegExp;
  endsWithSlash: boolean;
  methods: string[];
  bodies: Record<string, Body>;
  accesses: Record<string, Access>;
}

/** Whether an operation takes a body, and whether it may come without. */
export type Body = 'required' | 'optional' | 'none';

declare global {
  namespace Express {
    interface Locals {
      body?: Body;
      /** Who may ask for what is asked for. */
      access?: Access;
    }
  }
}

/**
 * Lets through what the contract lists and refuses the rest, before any body is read: 404 for
 * another path, 405 with `Allow` for another method.
 *
 * A path that comes with a trailing slash where the contract has none, or without, goes on as the
 * contract writes it; HEAD goes on as GET, and Node leaves the body out.
 */
export function knownPaths(document: ContractDocument): RequestHandler {
  const paths = Object.entries(document.paths).map(([path, item]) => asPath(path, item));
  return (req, res, next) => {
    const { path, method } = req;
    if (!decodes(path)) throw new Problem('malformed-request', 'The path is badly percent-encoded');
    // More than one may fit: "batch" is an order's id too.
    const fitting = paths.filter(({ matches }) => matches.test(path));
    const [first] = fitting;
    if (!first) throw new Problem('not-found', `There is nothing under ${path}`);
    const known = fitting.find(({ methods }) => methods.includes(method));
    res.locals.route = (known ?? first).written;
    if (!known) {
      const Allow = fitting.flatMap(({ methods }) => methods).join(', ');
      const detail = `${method} is not possible here; possible: ${Allow}`;
      throw new Problem('method-not-allowed', detail, { headers: { Allow } });
    }
    if (method === 'HEAD') req.method = 'GET';
    res.locals.body = known.bodies[req.method] ?? 'none';
    res.locals.access = known.accesses[req.method] ?? [];
    res.locals.pathParams = paramsOf(known, path);
    const query = req.url.indexOf('?');
    // Who comes later takes the first path that fits, whatever its methods are.
    const unmistakable = known === first ? path : encodeLastStep(path);
    const asWritten = unmistakable.replace(/\/$/, '') + (known.endsWithSlash ? '/' : '');
    req.url = asWritten + (query === -1 ? '' : req.url.slice(query));
    next();
  };
}

function asPath(path: string, item: Record<string, Operation>): Path {
  const pattern = path
    .replace(/\/$/, '')
    .replaceAll('.', '\\.')
    .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const methods: string[] = [];
  const bodies: Record<string, Body> = {};
  const accesses: Record<string, Access> = {};
  for (const [method, operation] of Object.entries(item)) {
    const name = method.toUpperCase();
    methods.push(name);
    bodies[name] = asBody(operation.requestBody);
    accesses[name] = accessOf(operation);
  }
  if (methods.includes('GET')) methods.push('HEAD');
  return {
    written: path,
    matches: new RegExp(`^${pattern}/?$`),
    endsWithSlash: path.endsWith('/'),
    methods,
    bodies,
    accesses,
  };
}

function asBody(requestBody: Operation['requestBody']): Body {
  if (requestBody === undefined) return 'none';
  return requestBody.required ? 'required' : 'optional';
}

function paramsOf({ matches }: Path, path: string): Record<string, string> {
  const params: Record<string, string> = {};
  for (const [name, value] of Object.entries(matches.exec(path)?.groups ?? {})) {
    params[name] = decodeURIComponent(value);
  }
  return params;
}

/** The same path, spelled otherwise: `/order/%62atch` can only be an order's. */
function encodeLastStep(path: string): string {
  return path.replace(/[^/](?=[^/]*\/?$)/, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
}

function decodes(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
