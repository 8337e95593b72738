/** Express that gives the JSON in a file, parsed once, as its answer to everything. */
import { readFileSync } from 'node:fs';
import express from 'express';

import { listen } from './listen.ts';

const answer = JSON.parse(readFileSync(process.argv[2] as string, 'utf8'));
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use((_req, res) => void res.json(answer));
listen(app);
