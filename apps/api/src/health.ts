import type { components } from '@orders/contract';
import { checkWritable, type Database } from '@orders/db';
import { type Response, Router } from 'express';
import { Problem } from './problems.ts';

type Health = components['schemas']['Health'];

export function healthRoutes(database: Database, stopping: AbortSignal): Router {
  const routes = Router();

  routes.get('/livez', (_req, res: Response<Health>) => {
    res.json({ status: 'ok' });
  });

  routes.get('/readyz', async (_req, res: Response<Health>) => {
    if (stopping.aborted) {
      const headers = { 'Retry-After': '1' };
      throw new Problem('stopping', 'Send requests elsewhere', { headers });
    }
    await checkWritable(database);
    res.json({ status: 'ok' });
  });

  return routes;
}
