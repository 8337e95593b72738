import { setTimeout as sleep } from 'node:timers/promises';
import type { components } from '@orders/contract';
import { DatabaseUnavailable, type Placer } from '@orders/db';
import { type Response, Router } from 'express';
import { Problem } from './problems.ts';

type Health = components['schemas']['Health'];

/** Whoever asks for readiness wants an answer now, in milliseconds. */
const patienceMs = 500;

export function healthRoutes(placer: Placer, stopping: AbortSignal): Router {
  const routes = Router();
  let check: Promise<void> | undefined;

  /** One check at a time, for all who ask meanwhile: probes must not queue up at a locked file. */
  async function checkSoon(): Promise<void> {
    check ??= placer.check().finally(() => {
      check = undefined;
    });
    const tooLate = new AbortController();
    const late = sleep(patienceMs, undefined, { signal: tooLate.signal }).then(() => {
      throw new DatabaseUnavailable(`the database did not answer within ${patienceMs} ms`);
    });
    try {
      await Promise.race([check, late]);
    } finally {
      late.catch(() => {});
      check?.catch(() => {});
      tooLate.abort();
    }
  }

  routes.get('/livez', (_req, res: Response<Health>) => {
    res.json({ status: 'ok' });
  });

  routes.get('/readyz', async (_req, res: Response<Health>) => {
    if (stopping.aborted) {
      const headers = { 'Retry-After': '1' };
      throw new Problem('stopping', 'Send requests elsewhere', { headers });
    }
    await checkSoon();
    res.json({ status: 'ok' });
  });

  return routes;
}
