import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Request, RequestHandler, Response } from 'express';
import { append, nothing } from './append.ts';
import { Problem } from './problems.ts';

const decompressors = new Map([
  ['gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
]);

/**
 * Reads a body that is JSON in UTF-8, as it is or compressed, into `req.body`; one that may be
 * empty, and is, is an empty object. A body that is too long is refused as soon as that shows, not
 * once all of it has come; the rest is thrown away as it comes, so that the client reads the answer.
 *
 * @param limit - in bytes, as it is sent and as it is read
 */
export function readJson(limit: number): RequestHandler {
  return (req, res, next) => {
    const decompress = decompressorOf(req);
    let bytes = nothing;
    let length = 0;
    // A connection that breaks when all has been read is an error, too.
    let isOver = false;

    req.on('data', (chunk: Buffer) => {
      if (isOver) return;
      isOver = length + chunk.length > limit;
      bytes = isOver ? nothing : append(bytes, length, chunk);
      length += chunk.length;
      if (isOver) next(tooLarge(limit));
    });
    req.on('end', () => {
      if (isOver) return;
      isOver = true;
      const whole = bytes.subarray(0, length);
      if (decompress === undefined) return next(take(whole, req, res));
      decompress(
        whole,
        { maxOutputLength: limit },
        (error: NodeJS.ErrnoException | null, decompressed) => {
          if (error === null) next(take(decompressed, req, res));
          else next(error.code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(limit) : unreadable(error));
        },
      );
    });
    req.on('error', (error) => {
      if (isOver) return;
      isOver = true;
      next(unreadable(error));
    });
  };
}

/** @throws Problem */
function decompressorOf({ headers }: Request) {
  const encoding = headers['content-encoding']?.toLowerCase() || 'identity';
  const decompress = decompressors.get(encoding);
  if (decompress !== undefined || encoding === 'identity') return decompress;
  const known = [...decompressors.keys()].join(', ');
  const detail = `Send JSON as it is or as one of ${known}, not as ${encoding}`;
  throw new Problem('unsupported-media-type', detail);
}

function tooLarge(limit: number): Problem {
  return new Problem('body-too-large', `A body may have ${limit} bytes`);
}

function unreadable({ message }: Error): Problem {
  return new Problem('malformed-request', message);
}

/** @returns what is wrong with the body, which is then not taken */
function take(bytes: Buffer, req: Request, res: Response): unknown {
  try {
    req.body = bytes.length === 0 && res.locals.body !== 'required' ? {} : parse(bytes);
    return undefined;
  } catch (problem) {
    return problem;
  }
}

/** @throws Problem */
function parse(bytes: Buffer): unknown {
  if (bytes.length === 0) throw new Problem('invalid-json', 'The body is empty');
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    // Wrong bytes would become question marks, and the order another one than was sent.
    throw new Problem('invalid-json', 'The body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Problem('invalid-json', (error as SyntaxError).message);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
