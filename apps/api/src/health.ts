import type { components } from '@orders/contract';
import { type Response, Router } from 'express';
import { Problem } from './problems.ts';
import type { Store } from './store.ts';

type Health = components['schemas']['Health'];

export function healthRoutes(store: Store, stopping: AbortSignal): Router {
  const routes = Router();

  routes.get('/livez', (_req, res: Response<Health>) => {
    res.json({ status: 'ok' });
  });

  routes.get('/readyz', async (_req, res: Response<Health>) => {
    if (stopping.aborted) {
      const headers = { 'Retry-After': '1' };
      throw new Problem('stopping', 'Send requests elsewhere', { headers });
    }
    await store.checkWritable();
    res.json({ status: 'ok' });
  });

  return routes;
}
