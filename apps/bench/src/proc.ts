import { readFileSync } from 'node:fs';

import { Unavailable } from './benchmark.ts';

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the unit is USER_HZ, 100 everywhere.
const ticksPerSecond = 100;

/** CPU time that a process has used so far, all its threads together, in seconds. */
export function cpuSeconds(pid: number): number {
  // The name of the program, in brackets, may hold anything.
  const fields = stat(pid)
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** Memory of a process that is in use now, in MiB. */
export function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(read(pid, 'status')) ?? [];
  return Number(kib) / 1024;
}

/** The most that it ever was. */
export function peakMiB(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(read(pid, 'status')) ?? [];
  return Number(kib) / 1024;
}

const stat = (pid: number) => read(pid, 'stat');

function read(pid: number, file: string): string {
  if (process.platform !== 'linux') throw new Unavailable('there is no /proc on this system');
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}
