import type { Benchmark } from '../benchmark.ts';
import { both } from './both.ts';
import { crowd2s } from './crowd2s.ts';
import { drain } from './drain.ts';
import { growth, growth10m } from './growth.ts';
import { growthPostgres } from './growth-postgres.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { page } from './page.ts';
import { placing } from './placing.ts';
import { postgres } from './postgres.ts';
import { lists, metrics, read } from './reading.ts';
import { size } from './size.ts';
import { startup } from './startup.ts';
import { tokens } from './tokens.ts';

/** In the order in which they are run. */
export const benchmarks: readonly Benchmark[] = [
  placing,
  tokens,
  drain,
  both,
  latency,
  idle,
  crowd2s,
  read,
  metrics,
  lists,
  growth,
  growth10m,
  growthPostgres,
  memory,
  size,
  startup,
  page,
  postgres,
];
