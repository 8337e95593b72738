import { isUtf8 } from 'node:buffer';
import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { isPlainJson, readPlainJson } from './plain-json.ts';
import { Problem } from './problems.ts';

/** What one order may have, as a body or as a part of one, in bytes. */
export const longestOrder = 64 * 1024;
/** What a batch that is held in memory as a whole may have, in bytes. */
export const longestBatch = 16 * 1024 * 1024;

const anyJson: Parameters<typeof express.json>[0] = {
  // Any JSON, so that the contract may say what is wrong with a text or a number.
  strict: false,
  type: () => true,
  verify: (_req, res, bytes, encoding) => {
    if (bytes.length === 0 && (res as Response).locals.body === 'required') {
      throw new Problem('invalid-json', 'The body is empty');
    }
    // Wrong bytes would become question marks, and the order another one than was sent.
    if (encoding === 'utf-8' && !isUtf8(bytes)) {
      throw new Problem('invalid-json', 'The body is not UTF-8');
    }
  },
};

const parseOrder = express.json({ ...anyJson, limit: longestOrder });
const parseBatch = express.json({ ...anyJson, limit: longestBatch });
const readPlainOrder = readPlainJson(longestOrder);
const readPlainBatch = readPlainJson(longestBatch);
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
    req.headers['content-type'] = ndjson;
    return next(refuseEncoding(req));
  }
  if (isPlainJson(req) && hasBody(req)) {
    req.headers['content-type'] = 'application/json';
    return isBatch ? readPlainBatch(req, res, next) : readPlainOrder(req, res, next);
  }
  refuseOtherTypes(req, isBatch ? `application/json or ${ndjson}` : 'application/json');
  const parse = isBatch ? parseBatch : parseOrder;
  parse(req, res, (error) => {
    req.headers['content-type'] = 'application/json';
    next(error);
  });
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
  if (req.is('application/json') !== false) return;
  const sent = req.headers['content-type'] ?? 'a body without a Content-Type';
  throw new Problem('unsupported-media-type', `Send ${wanted}, not ${sent}`);
}

function refuseEncoding(req: Request): Problem | undefined {
  const encoding = req.get('Content-Encoding') ?? 'identity';
  if (encoding === 'identity') return undefined;
  return new Problem('unsupported-media-type', `Send lines as they are, not as ${encoding}`);
}

function hasBody(req: Request): boolean {
  const { 'transfer-encoding': encoding, 'content-length': length = '0' } = req.headers;
  return encoding !== undefined || length !== '0';
}
