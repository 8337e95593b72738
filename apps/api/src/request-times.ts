import type { RequestHandler } from 'express';
import { Histogram, type Registry } from 'prom-client';

/**
 * Measures every request from its head to the end of its answer. A route is a path as the contract
 * writes it; all that is under no such path counts as one, so that strangers cannot make the
 * figures grow.
 */
export function measureRequests(figures: Registry): RequestHandler {
  const seconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [figures],
  });
  return (req, res, next) => {
    const { method } = req;
    const began = performance.now();
    res.once('close', () => {
      const { route } = res.locals;
      // The client went away first: no status says so.
      const status = res.writableFinished ? res.statusCode : 'aborted';
      // Only methods that Node knows come this far, yet there are dozens of them.
      const isListed = route !== undefined && res.statusCode !== 405;
      const labels = { method: isListed ? method : 'any', route: route ?? 'unlisted' };
      seconds.observe({ ...labels, status }, (performance.now() - began) / 1000);
    });
    next();
  };
}
