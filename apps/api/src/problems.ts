import type { components } from '@orders/contract';
import type { Request, Response } from 'express';

type ProblemAnswer = components['schemas']['Problem'];
export type Fault = components['schemas']['Fault'];
type Status = components['schemas']['Status'];
export type ProblemCode = keyof typeof problems;

/** Everything that can go wrong: the code a client may rely on, its status and its title. */
export const problems = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  unauthenticated: { status: 401, title: 'Who is asking is not known' },
  forbidden: { status: 403, title: 'Whoever is asking may not do this' },
  'not-found': { status: 404, title: 'There is nothing under this path' },
  'order-not-found': { status: 404, title: 'No such order' },
  'method-not-allowed': { status: 405, title: 'This path does not have this method' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'order-exists': { status: 409, title: 'This order id is taken' },
  'order-not-cancellable': { status: 409, title: 'This order cannot be cancelled any more' },
  'order-not-retryable': {
    status: 409,
    title: 'Only an order that Failed or was Cancelled can be retried',
  },
  'idempotency-key-in-flight': { status: 409, title: 'A request with this key is being answered' },
  'beyond-the-feed': { status: 410, title: 'The feed ends before this place' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'This media type is not understood here' },
  'validation-error': { status: 422, title: 'The request breaks the contract' },
  'idempotency-key-reused': { status: 422, title: 'This key belongs to another order' },
  'too-many-requests': { status: 429, title: 'This client asks for too much' },
  'head-too-large': { status: 431, title: 'The head of the request is too large' },
  'internal-error': { status: 500, title: 'Something went wrong here' },
  'database-unavailable': { status: 503, title: 'The database cannot be written right now' },
  'queue-full': { status: 503, title: 'Too many orders are waiting' },
  'too-many-followers': { status: 503, title: 'Too many clients are waiting or following' },
  'too-many-batches': { status: 503, title: 'Too many batches are being read' },
  'authentication-unavailable': { status: 503, title: 'Nobody can tell who is asking right now' },
  stopping: { status: 503, title: 'The service is stopping' },
} as const;

/** Thrown wherever a request cannot be answered as asked; becomes the answer in one place. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly headers: Record<string, string>;
  readonly errors: Fault[] | undefined;
  readonly currentStatus: Status | undefined;

  /** @param detail - what is wrong with this very request, for whoever sent it */
  constructor(
    code: ProblemCode,
    detail: string,
    more: {
      headers?: Record<string, string>;
      errors?: Fault[];
      currentStatus?: Status;
      cause?: unknown;
    } = {},
  ) {
    super(detail, { cause: more.cause });
    this.code = code;
    this.headers = more.headers ?? {};
    this.errors = more.errors;
    this.currentStatus = more.currentStatus;
  }
}

/** The problem as RFC 9457 wants it told. */
export function problemAnswer(problem: Problem, path: string, requestId: string): ProblemAnswer {
  return {
    type: `/problems/${problem.code}`,
    ...problems[problem.code],
    detail: problem.message,
    instance: path,
    request_id: requestId,
    ...(problem.errors && { errors: problem.errors }),
    ...(problem.currentStatus && { current_status: problem.currentStatus }),
  };
}

export function sendProblem(req: Request, res: Response, problem: Problem): void {
  res.status(problems[problem.code].status).set(problem.headers);
  res.type('application/problem+json');
  res.json(problemAnswer(problem, pathOf(req), res.locals.requestId));
}

/** The path that was asked for, without the query, as it was sent. */
export function pathOf(req: { originalUrl: string }): string {
  const end = req.originalUrl.indexOf('?');
  return end === -1 ? req.originalUrl : req.originalUrl.slice(0, end);
}
