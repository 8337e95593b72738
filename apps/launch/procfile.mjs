import { Refused } from './refused.mjs';

const MOST = 100;

/**
 * Reads the lines `name: command` of a Procfile; blank lines and `#` comments are skipped.
 *
 * @throws Refused when a line is neither, or a name stands there twice
 */
export function readProcfile(text) {
  const lines = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, name, command] = /^([A-Za-z0-9_-]+):\s*(\S.*)$/.exec(line) ?? [];
    if (!name) throw new Refused(`Procfile, line ${index + 1}: not "name: command": ${line}`);
    if (lines.some((other) => other.name === name)) {
      throw new Refused(`Procfile, line ${index + 1}: ${name} stands there twice`);
    }
    lines.push({ name, command });
  }
  return lines;
}

/**
 * Says which processes to run: each line once, or as often as an argument `name=N` wants it
 * (0: not at all). Several of one line are named `name.1`, `name.2`, … and, as with foreman, each
 * gets its own PORT, one above the one before.
 *
 * @returns processes as `{ name, command, env }`; env holds what differs from this process's
 * @throws Refused that names every argument it cannot follow
 */
export function scale(lines, args, env) {
  const mistakes = [];
  const counts = new Map(lines.map((line) => [line.name, 1]));
  for (const arg of args) {
    const [name = '', number = ''] = arg.split(/=(.*)/s);
    if (!counts.has(name)) {
      mistakes.push(`${arg}: no such process; there is ${[...counts.keys()].join(', ')}`);
    } else if (!/^\d{1,3}$/.test(number) || Number(number) > MOST) {
      mistakes.push(`${arg}: must be ${name}=N with a whole number from 0 to ${MOST}`);
    } else {
      counts.set(name, Number(number));
    }
  }
  if (mistakes.length > 0) throw new Refused(mistakes.join('\n       '));

  const processes = lines.flatMap((line) => instances(line, counts.get(line.name), env));
  if (processes.length === 0) throw new Refused('there is nothing to run');
  return processes;
}

function instances({ name, command }, count, env) {
  if (count === 1) return [{ name, command, env: {} }];
  return Array.from({ length: count }, (_, index) => ({
    name: `${name}.${index + 1}`,
    command,
    env: index === 0 ? {} : portAbove(env.PORT || '8000', index),
  }));
}

/** Leaves alone what is no port, for the process to complain about, and 0, which means any. */
function portAbove(port, index) {
  return /^[1-9]\d*$/.test(port) ? { PORT: String(Number(port) + index) } : {};
}
