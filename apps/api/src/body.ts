import { isUtf8 } from 'node:buffer';
import express, { type Request, type RequestHandler } from 'express';
import { Problem } from './problems.ts';

const parse = express.json({
  limit: 64 * 1024,
  // Any JSON, so that the contract may say what is wrong with a text or a number.
  strict: false,
  type: () => true,
  verify: (_req, _res, bytes, encoding) => {
    if (bytes.length === 0) throw new Problem('invalid-json', 'The body is empty');
    // Wrong bytes would become question marks, and the order another one than was sent.
    if (encoding === 'utf-8' && !isUtf8(bytes)) {
      throw new Problem('invalid-json', 'The body is not UTF-8');
    }
  },
});

/** Reads the body of a POST into `req.body`: any JSON in UTF-8, up to 64 KiB. */
export const readBody: RequestHandler = (req, res, next) => {
  // The validator compiles its checks anew for every Content-Type it meets, parameters included,
  // and keeps them: one spelling for all, or strangers could fill the memory.
  if (req.method !== 'POST') {
    delete req.headers['content-type'];
    return next();
  }
  refuseOtherTypes(req);
  parse(req, res, (error) => {
    req.headers['content-type'] = 'application/json';
    next(error);
  });
};

function refuseOtherTypes(req: Request): void {
  const type = req.is('application/json');
  // Null stands for a request without any body; a length of 0 is not counted as such.
  if (type === null || req.headers['content-length'] === '0') {
    throw new Problem('invalid-json', 'The body is empty');
  }
  if (type !== false) return;
  const sent = req.headers['content-type'] ?? 'a body without a Content-Type';
  throw new Problem('unsupported-media-type', `Send application/json, not ${sent}`);
}
