import { createHash } from 'node:crypto';
import type { components } from '@orders/contract';
import { type Response, Router } from 'express';
import { pagePolicy } from './headers.ts';
import { problemTexts } from './problem-texts.ts';
import { Problem, type ProblemCode, problems } from './problems.ts';

type Page = components['schemas']['ProblemPage'];

/** Where the `type` of a problem leads: a page for a browser, JSON for anybody else. */
export function problemRoutes(): Router {
  const routes = Router();

  routes.get('/problems/:code', (req, res: Response<Page | string>) => {
    const { code } = req.params;
    if (!isCode(code)) throw new Problem('not-found', `No problem has the code ${code}`);
    const page = { type: `/problems/${code}`, ...problems[code], ...problemTexts[code] };
    res.vary('Accept');
    if (req.accepts(['application/json', 'text/html']) === 'text/html') {
      res.set('Content-Security-Policy', policy).send(asHtml(page));
    } else {
      res.json(page);
    }
  });

  return routes;
}

function isCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}

const style =
  'body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }';
const policy = pagePolicy(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);

/** The texts are ours, and have no character that would have to be escaped. */
function asHtml({ type, title, status, meaning, remedy }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<h1>${title}</h1>
<p><code>${type}</code>, HTTP status ${status}</p>
<h2>What it means</h2>
<p>${meaning}</p>
<h2>What to do</h2>
<p>${remedy}</p>
</body>
</html>
`;
}
