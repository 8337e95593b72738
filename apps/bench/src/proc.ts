import { existsSync, readFileSync } from 'node:fs';

import { Unavailable } from './benchmark.ts';

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the unit is USER_HZ, 100 everywhere.
const ticksPerSecond = 100;

/** CPU time that a process has used so far, all its threads together, in seconds. */
export function cpuSeconds(pid: number): number {
  const [user = 0, system = 0] = timesOf(pid);
  return (user + system) / ticksPerSecond;
}

/** The same of a process with all its children, also those that have ended. */
export function familyCpuSeconds(pid: number): number {
  const children = read(pid, `task/${pid}/children`).trim().split(' ').map(Number);
  // First: one that ends meanwhile is among the ended when the parent is looked at.
  const living = children.reduce((sum, child) => sum + (isThere(child) ? cpuSeconds(child) : 0), 0);
  const ticks = timesOf(pid).reduce((sum, one) => sum + one, 0);
  return living + ticks / ticksPerSecond;
}

export function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1]);
}

/** In user mode and in the kernel, and the same of children that have ended. */
const timesOf = (pid: number) => fieldsOf(pid).slice(11, 15).map(Number);

// The name of the program, in brackets, may hold anything.
const fieldsOf = (pid: number) =>
  stat(pid)
    .replace(/^.*\) /s, '')
    .split(' ');

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

const isThere = (pid: number) => pid > 0 && existsSync(`/proc/${pid}/stat`);

function read(pid: number, file: string): string {
  if (process.platform !== 'linux') throw new Unavailable('there is no /proc on this system');
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}
