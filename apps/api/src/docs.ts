import type { Contract } from '@orders/contract';
import { type RequestHandler, Router } from 'express';
import swaggerUi from 'swagger-ui-express';
import { pagePolicy } from './headers.ts';

/** The contract: as a page to read and to try out, as YAML, as JSON. */
export function docsRoutes({ yaml, document }: Contract): Router {
  const routes = Router();
  const json = JSON.stringify(document);
  const page = swaggerUi.generateHTML(document, { customSiteTitle: document.info.title });
  // The page names its files relative to /docs/; without the slash they are one step further down.
  const pageWithoutSlash = page.replaceAll('"./', '"./docs/');

  // Swagger UI writes styles into its page and draws its icons as data; its scripts are files.
  const policy = pagePolicy("'self' 'unsafe-inline'", "'self' data:");

  routes.get('/docs', (req, res) => {
    res.set('Content-Security-Policy', policy);
    res.send(req.originalUrl.startsWith('/docs/') ? page : pageWithoutSlash);
  });
  routes.get('/openapi.yaml', (_req, res) => {
    res.type('application/yaml').send(yaml);
  });
  routes.get('/openapi.json', (_req, res) => {
    res.type('application/json').send(json);
  });
  return routes;
}

/** Scripts and styles of the page, for below /docs/; what is not there is left to the others. */
export function docsFiles({ document }: Contract): RequestHandler {
  const onlyFiles: RequestHandler = ({ method, path }, _res, next) => {
    // Else, "%2e%2e" among it, the files' own middleware would answer, in its own words.
    const isFile = /^\/[\w-]+(\.[\w-]+)+$/.test(path) && path !== '/package.json';
    next(isFile && (method === 'GET' || method === 'HEAD') ? undefined : 'router');
  };
  return Router().use(onlyFiles, ...swaggerUi.serveFiles(document));
}
