import { BeyondFeed, DatabaseUnavailable } from '@orders/db';
import type { Log } from '@orders/runtime';
import type { ErrorRequestHandler } from 'express';
import { Problem, sendProblem } from './problems.ts';

/** Answers whatever was thrown with its problem. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error, req, res, next) => {
    const problem = asProblem(error, log, res.locals.requestId);
    // Half an answer cannot become another one: Express then cuts the connection.
    if (res.headersSent) next(error);
    else sendProblem(req, res, problem);
  };
}

/** The problem that an error is to the client. The cause of what is our fault goes to the log. */
export function asProblem(error: unknown, log: Log, requestId: string): Problem {
  const problem = translate(error);
  if (problem.cause !== undefined) {
    log.error({ request_id: requestId, err: problem.cause }, problem.code);
  }
  return problem;
}

function translate(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DatabaseUnavailable) {
    const headers = { 'Retry-After': '1' };
    return new Problem('database-unavailable', 'Try again in a moment', { headers, cause: error });
  }
  if (error instanceof BeyondFeed) return new Problem('beyond-the-feed', error.message);
  return (
    asUnreadable(error) ??
    new Problem('internal-error', 'The cause is in the log of the service, under this request id', {
      cause: error,
    })
  );
}

/** What Express throws at a request: an error with a 4xx status. */
function asUnreadable(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const status = Number(error.status);
  if (!(status >= 400 && status < 500)) return undefined;
  return new Problem('malformed-request', error.message);
}
