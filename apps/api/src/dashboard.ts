import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { isAtHand } from './etag.ts';
import { pagePolicy } from './headers.ts';
import { Problem } from './problems.ts';

/** Where apps/dashboard is built to. */
const builtUrl = new URL('../../dashboard/dist/', import.meta.url);

/** The built page for people, held in memory: its files by their path below /dashboard. */
export type Page = ReadonlyMap<string, PageFile>;

interface PageFile {
  readonly type: string;
  readonly etag: string;
  /** The same content, by the encoding in which it is sent. */
  readonly encoded: Readonly<Record<Encoding, Buffer>>;
}

/** The smallest first. */
const encodings = ['br', 'gzip', 'identity'] as const;
type Encoding = (typeof encodings)[number];

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads the page; it has no files where it was not built. */
export function readPage(folder: URL = builtUrl): Page {
  const read = (path: string) => readFileSync(new URL(path, folder));
  const paths = list(folder).filter((path) => Object.hasOwn(types, extname(path)));
  return new Map(
    paths.map((path) => {
      const content = read(path);
      const file = {
        type: types[extname(path)] as string,
        etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
        encoded: { br: read(`${path}.br`), gzip: read(`${path}.gz`), identity: content },
      };
      return [`/${path}`, file];
    }),
  );
}

/** The page itself, to which `/` leads. */
export function dashboardRoutes(page: Page): Router {
  const routes = Router();

  routes.get('/', (_req, res) => {
    // Express would add a body, which the contract does not have.
    res.status(302).location('/dashboard').end();
  });

  routes.get('/dashboard', (req, res) => {
    const index = page.get('/index.html');
    if (!index) throw new Problem('not-found', 'The page is not built here; npm start builds it');
    res.set('Content-Security-Policy', pagePolicy("'self'"));
    // Asked about each time, and as a rule not sent again: it names the files of this version.
    send(req, res, index, 'no-cache');
  });

  return routes;
}

/** Scripts and styles of the page, for below /dashboard/; what is not there is left to the others. */
export function dashboardFiles(page: Page): RequestHandler {
  return (req, res, next) => {
    const file = req.path === '/index.html' ? undefined : page.get(req.path);
    if (file === undefined || (req.method !== 'GET' && req.method !== 'HEAD')) return next();
    // Their names change with their content.
    send(req, res, file, 'public, max-age=31536000, immutable');
  };
}

function send(req: Request, res: Response, file: PageFile, cacheControl: string): void {
  // One by one: of a list Express takes what the browser named first, which is gzip.
  const encoding = encodings.find((one) => req.acceptsEncodings(one)) ?? 'identity';
  res.vary('Accept-Encoding').set({
    'Cache-Control': cacheControl,
    // The content is the same in each encoding, which a weak tag says (RFC 9110, 8.8.1).
    ETag: `W/${file.etag}`,
  });
  if (isAtHand(req.get('If-None-Match'), file.etag)) {
    res.status(304).end();
    return;
  }
  if (encoding !== 'identity') res.set('Content-Encoding', encoding);
  res.set('Content-Type', file.type).send(file.encoded[encoding]);
}

function list(folder: URL): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
