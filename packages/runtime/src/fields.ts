import { z } from 'zod';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * `file:PATH`, kept as written; the path is relative to the working directory. Or the URL of a
 * database on a PostgreSQL server.
 */
export const databaseUrl = z
  .string()
  .refine(
    // file://data/orders.db would mean /data/orders.db, or a host named data: nobody means that.
    (text) =>
      /^file:(?!\/\/[^/])./.test(text) || (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)),
    'file:PATH, such as file:data/orders.db, or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
  )
  .default('file:data/orders.db')
  .describe('where the orders are kept: file:PATH or postgres://…');

export const logLevel = z
  .enum(LEVELS, LEVELS.join(', '))
  .default('info')
  .describe('the least important level that is logged');

export const host = z
  .string()
  .regex(/^[\w.:-]+$/, 'a host name or an IP address')
  .default('127.0.0.1')
  .describe('the address on which the API listens');

/** 0 stands for any free port. */
export const port = wholeNumber('a port', 0, 65_535)
  .default(8000)
  .describe('the port on which the API listens; 0 picks a free one');

// setTimeout takes longer times for 1 ms.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A duration; within the bounds of a timer unless narrower ones are given. */
export function milliseconds(bounds: { default: number; min?: number; max?: number }) {
  const { min = 0, max = LONGEST_TIMER_MS } = bounds;
  return wholeNumber('milliseconds', min, max).default(bounds.default).describe('milliseconds');
}

/** A count of at least 1. */
export function positiveInteger(bounds: { default: number; max?: number }) {
  return count(1, bounds);
}

/** A count that may be 0. */
export function wholeCount(bounds: { default: number; max?: number }) {
  return count(0, bounds);
}

function count(min: number, bounds: { default: number; max?: number }) {
  return wholeNumber('a number', min, bounds.max ?? Number.MAX_SAFE_INTEGER)
    .default(bounds.default)
    .describe('a number');
}

/** Days that something is kept; without a default. */
export const days = wholeNumber('a number of days', 1, 36_500).describe('days');

/** Digits only: what `Number` also takes (`1e3`, `0x10`, blanks) is more likely a slip. */
function wholeNumber(what: string, min: number, max: number) {
  const allowed = `${what}, a whole number from ${min} to ${max}`;
  return z
    .string()
    .refine((text) => /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max, allowed)
    .transform(Number);
}
