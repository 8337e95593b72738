/**
 * Express without a database: parses the body, holds it against the contract where it is called
 * with `validated`, and answers as the API does.
 */
import { formats, loadContract } from '@orders/contract';
import express from 'express';
import { middleware } from 'express-openapi-validator';

import { listen } from './listen.ts';

const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.enable('case sensitive routing');
app.use(express.json());
if (process.argv[2] === 'validated') app.use(...validator());
app.post('/order/', (req, res) => {
  const { order_id } = req.body;
  res.status(201).location(`/order/${order_id}`);
  res.json({ message: 'Order placed successfully', order_id });
});
listen(app);

/** With the options of apps/api, and as there without the paths that are not validated. */
function validator() {
  const { document } = loadContract();
  const paths = Object.entries(document.paths).filter(([, item]) =>
    Object.values(item).some((operation) => '422' in operation.responses),
  );
  const apiSpec = structuredClone({ ...document, paths: Object.fromEntries(paths) });
  return middleware({
    apiSpec: apiSpec as unknown as Parameters<typeof middleware>[0]['apiSpec'],
    validateApiSpec: false,
    validateRequests: { allErrors: true },
    validateResponses: false,
    validateSecurity: false,
    fileUploader: false,
    formats,
    useRequestUrl: true,
  });
}
