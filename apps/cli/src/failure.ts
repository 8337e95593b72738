/** Exit statuses; `orders --help` and the README list them. */
export const exit = {
  done: 0,
  /** The answer was no: refused, not found, Failed, faults found. */
  no: 1,
  /** The command line, or a file that it names, is not as it should be. */
  usage: 2,
  /** No answer: the service or the database cannot be reached, or cannot do it now. */
  unavailable: 3,
  /** As of timeout(1). */
  timeUp: 124,
  /** As shells have it for SIGINT. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof exit)[keyof typeof exit];

/** A command could not do what was asked. The message says so to people; no stack. */
export class Failure extends Error {
  override name = 'Failure';
  readonly status: ExitStatus;

  constructor(message: string, status: ExitStatus, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Whether it may pass. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof Failure && error.status === exit.unavailable;
}
