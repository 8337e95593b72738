import type { Benchmark } from '../benchmark.ts';
import { drain } from './drain.ts';
import { placing } from './placing.ts';

/** In the order in which they are run. */
export const benchmarks: readonly Benchmark[] = [placing, drain];
