import type { Benchmark } from '../benchmark.ts';
import { drain } from './drain.ts';

/** In the order in which they are run. */
export const benchmarks: readonly Benchmark[] = [drain];
