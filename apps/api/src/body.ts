import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { Problem } from './problems.ts';
import { readJson } from './read-json.ts';

/** What one order may have, as a body or as a part of one, in bytes. */
export const longestOrder = 64 * 1024;
/** What a batch that is held in memory as a whole may have, in bytes. */
export const longestBatch = 16 * 1024 * 1024;

const readOrder = readJson(longestOrder);
const readBatch = readJson(longestBatch);
const ndjson = 'application/x-ndjson';

/**
 * Reads the body into `req.body` where the contract has one: any JSON in UTF-8, up to 64 KiB, a
 * batch up to 16 MiB. Lines of a batch are left to be read as they come. A body that may be left
 * out, and is, is an empty object.
 *
 * A body of 64 KiB has half a minute to arrive: whoever sends it byte by byte would otherwise have
 * as long as a batch has.
 *
 * @param orderMs - for tests: another time than half a minute
 */
export function readBody(orderMs = 30_000): RequestHandler {
  return (req, res, next) => {
    const isOrder = res.locals.body !== 'none' && res.locals.route !== '/order/batch';
    const goOn = isOrder ? inTime(res, next, orderMs) : next;
    try {
      read(req, res, goOn);
    } catch (error) {
      goOn(error);
    }
  };
}

const read: RequestHandler = (req, res, next) => {
  // The validator compiles its checks anew for every Content-Type it meets, parameters included,
  // and keeps them: one spelling for all, or strangers could fill the memory.
  if (res.locals.body === 'none') {
    delete req.headers['content-type'];
    return next();
  }
  if (res.locals.body === 'optional' && !hasBody(req)) {
    req.headers['content-type'] = 'application/json';
    req.body = {};
    return next();
  }
  const isBatch = res.locals.route === '/order/batch';
  if (isBatch && req.is(ndjson)) {
    refuseOtherCharsets(req);
    refuseEncoding(req);
    req.headers['content-type'] = ndjson;
    return next();
  }
  refuseOtherTypes(req, isBatch ? `application/json or ${ndjson}` : 'application/json');
  req.headers['content-type'] = 'application/json';
  return isBatch ? readBatch(req, res, next) : readOrder(req, res, next);
};

/** What comes next, called once: when the body is there, or when it should have been. */
function inTime(res: Response, next: NextFunction, ms: number): NextFunction {
  let isOver = false;
  function goOn(problem?: unknown): void {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    next(problem);
  }
  const timer = setTimeout(() => {
    res.set('Connection', 'close');
    goOn(new Problem('request-timeout', 'The body did not arrive in time'));
  }, ms);
  return goOn;
}

function refuseOtherTypes(req: Request, wanted: string): void {
  if (!hasBody(req)) throw new Problem('invalid-json', 'The body is empty');
  const sent = req.headers['content-type'] ?? 'a body without a Content-Type';
  // What almost everybody sends need not be taken apart.
  if (plainJson.test(sent)) return;
  if (!req.is('application/json')) {
    throw new Problem('unsupported-media-type', `Send ${wanted}, not ${sent}`);
  }
  refuseOtherCharsets(req);
}

const plainJson = /^application\/json(; ?charset=utf-8)?$/i;

function refuseOtherCharsets(req: Request): void {
  const charset = /;\s*charset="?([^\s";]*)/i.exec(req.get('Content-Type') ?? '')?.[1] ?? 'utf-8';
  if (/^utf-?8$/i.test(charset)) return;
  throw new Problem('unsupported-media-type', `Send UTF-8, not ${charset}`);
}

function refuseEncoding(req: Request): void {
  const encoding = req.get('Content-Encoding') ?? 'identity';
  if (encoding === 'identity') return;
  throw new Problem('unsupported-media-type', `Send lines as they are, not as ${encoding}`);
}

function hasBody(req: Request): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length = '0' } = req.headers;
  return encoding !== undefined || length !== '0';
}
