import type { Database, Placer } from '@orders/db';
import type { Log } from '@orders/runtime';
import express, { type Express } from 'express';
import { Registry } from 'prom-client';
import { authorize, identify } from './auth/authenticate.ts';
import { refuseOtherNames, refuseOtherOrigins } from './auth/other-pages.ts';
import type { VerifyToken } from './auth/tokens.ts';
import { batchRoutes } from './batch.ts';
import { readBody } from './body.ts';
import type { CompiledContract } from './compiled-contract.ts';
import { dashboardFiles, dashboardRoutes, readPage } from './dashboard.ts';
import { docsFiles, docsRoutes } from './docs.ts';
import { answerErrors } from './errors.ts';
import { createHub } from './feed/hub.ts';
import { eventRoutes } from './feed/routes.ts';
import { findRoutes } from './find.ts';
import { guardBrowsers } from './headers.ts';
import { healthRoutes } from './health.ts';
import { createBacklog } from './limits/backlog.ts';
import { takeTurns } from './limits/batches.ts';
import { createFollowers } from './limits/followers.ts';
import type { Limits } from './limits/limits.ts';
import { limitRate } from './limits/rate.ts';
import { metricsRoutes } from './metrics.ts';
import { orderChangeRoutes } from './order-changes.ts';
import { orderRoutes } from './orders.ts';
import { knownPaths } from './paths.ts';
import { problemRoutes } from './problem-pages.ts';
import { createScrape } from './prometheus.ts';
import { measureRequests } from './request-times.ts';
import { logRequests, nameRequest, requireHost } from './requests.ts';
import { refuseBrackets } from './validation.ts';

export interface AppParts {
  database: Database;
  placer: Placer;
  log: Log;
  /** Undefined: nobody is asked for a token, and everybody may do everything. */
  verifyToken: VerifyToken | undefined;
  /**
   * Where nobody is asked for a token: the one name, beside addresses and localhost, by which the
   * service may be asked. Left out: any.
   */
  ownName?: string | undefined;
  limits: Limits;
  /**
   * Aborted when the process begins to stop: it is not ready from then on, who waits is answered,
   * and streams end.
   */
  stopping: AbortSignal;
  contract: CompiledContract;
}

/** Everything HTTP, in the order in which a request goes through it. */
export function createApp(parts: AppParts): Express {
  const { database, log, verifyToken, ownName, limits, stopping, contract } = parts;
  const page = readPage();
  const hub = createHub(database, log);
  const followers = createFollowers(limits);
  const backlog = createBacklog(database, limits.mostPending);
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.enable('case sensitive routing');
  // Express answers every read with 304 to "If-None-Match: *"; what has an ETag looks for itself.
  Object.defineProperty(app.request, 'fresh', { value: false });
  app.set('trust proxy', limits.trustProxy);

  const figures = new Registry();

  app.use(nameRequest, logRequests(log), measureRequests(figures), guardBrowsers, requireHost);
  if (!verifyToken && ownName !== undefined) app.use(refuseOtherNames(ownName));
  app.use('/docs', docsFiles(contract));
  app.use('/dashboard', dashboardFiles(page));
  app.use(knownPaths(contract.document), identify(verifyToken));
  if (!verifyToken) app.use(refuseOtherOrigins);
  app.use(limitRate(limits.requestsPerMinute), authorize);
  app.use(refuseBrackets(contract.document), takeTurns(), readBody(), ...contract.validation);
  // Every router in front of another costs its requests time: what is asked most comes first.
  app.use(orderRoutes({ ...parts, hub, followers, backlog }));
  app.use(metricsRoutes(database, createScrape(database, figures)));
  app.use(findRoutes(database), orderChangeRoutes(database));
  app.use(batchRoutes({ ...parts, backlog }));
  app.use(eventRoutes({ ...parts, hub, followers }), healthRoutes(parts.placer, stopping));
  app.use(problemRoutes(), docsRoutes(contract), dashboardRoutes(page));
  app.use(answerErrors(log));
  return app;
}
