import { existsSync, readFileSync } from 'node:fs';

import type { RunningProcess } from './processes.ts';

/** Whether the system tells of its processes as Linux does. */
export const hasProc = existsSync('/proc/self/stat');

/** Processor time that the process has used, in milliseconds. proc(5), /proc/pid/stat */
export function cpuMs({ child }: Pick<RunningProcess, 'child'>): number {
  const [, fields = ''] = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ');
  const [user = 0, system = 0] = fields.split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
}
