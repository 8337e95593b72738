import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { Claim } from '@orders/db';

/**
 * Does the work of one order. Rejects when the attempt failed.
 *
 * @param signal - fires when the work is no longer wanted: the worker stops, lost the order, or the
 *   order is to be cancelled; one that resolves all the same has completed it
 * @throws ProcessorDied when what ran the order ended, and other orders with it
 */
export type Process = (claim: Claim, signal: AbortSignal) => Promise<void>;

/** What ran the order is gone; which of the orders in it was the cause is not known. */
export class ProcessorDied extends Error {
  override name = 'ProcessorDied';
}

/** The built-in processor: takes its time and succeeds. */
export function simulateProcessing(processingTimeMs: number): Process {
  return async (_claim, signal) => {
    if (processingTimeMs > 0) await sleep(processingTimeMs, undefined, { signal });
  };
}

const longestMessage = 2000;

/** What an order keeps of whatever was thrown: text that every database can store. */
export function messageOf(error: unknown): string {
  return textOf(error).replaceAll('\0', '\uFFFD').slice(0, longestMessage).toWellFormed();
}

function textOf(error: unknown): string {
  try {
    const message = error instanceof Error ? error.message || error.name : error;
    if (typeof message === 'string' && message !== '') return message;
    return inspect(message, { depth: 2 });
  } catch {
    return 'an error that cannot be shown';
  }
}
