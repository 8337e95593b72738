const COLOURS = [36, 33, 32, 35, 34, 31];
const MOST_UNREAD = 1024 * 1024;
const LEVEL_COLOURS = { warn: 33, error: 31, fatal: 31 };

/**
 * Shows lines of several processes, each behind its name.
 *
 * On a terminal the names are coloured (unless NO_COLOR is set), and lines of JSON log are put
 * into a form for people. Into a file or a pipe every line goes as it came.
 *
 * A line is lost when it cannot be written (the disk is full, for one), or when a million characters
 * wait for the reader already. In front of the next one that can be written stands how many were.
 *
 * @returns a function of name and line
 */
export function printer(processes, out = process.stdout, env = process.env) {
  const paint = out.isTTY && !env.NO_COLOR ? inColour : (_colour, text) => text;
  const width = Math.max(...processes.map(({ name }) => name.length));
  const prefixes = new Map(
    processes.map(({ name }, index) => [
      name,
      paint(COLOURS[index % COLOURS.length], `${name.padEnd(width)} | `),
    ]),
  );
  let lost = 0;

  function put(text, lines) {
    out.write(text, (error) => {
      if (error) lost += lines;
    });
  }

  return (name, line) => {
    if (out.writableLength > MOST_UNREAD) {
      lost += 1;
      return;
    }
    if (lost > 0) {
      const before = lost;
      lost = 0;
      put(`(lines lost: ${before})\n`, before);
    }
    put(`${prefixes.get(name)}${out.isTTY ? forPeople(line, paint) : line}\n`, 1);
  };
}

/**
 * Puts a line of JSON log into the form `12:30:00.123 info  order completed order_id=1 ms=2003`,
 * with the stack of an error below it. Any other line stays as it is.
 */
export function forPeople(line, paint = (_colour, text) => text) {
  const entry = parse(line);
  if (typeof entry?.level !== 'string' || typeof entry.time !== 'string') return line;
  // The prefix has the name already, and one process of a name is there at a time.
  const { level, time, msg = '', err, pid: _pid, name: _name, ...facts } = entry;
  const head = `${clock(time)} ${paint(LEVEL_COLOURS[level] ?? 2, level.padEnd(5))}`;
  const words = [head, msg, ...Object.entries(facts).map(([key, fact]) => `${key}=${text(fact)}`)];
  const stack = err === undefined ? '' : `\n${err?.stack ?? text(err)}`;
  return words.filter((word) => word !== '').join(' ') + stack;
}

function parse(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not JSON after all: shown as it is.
  }
}

function clock(time) {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  return `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

function text(fact) {
  return typeof fact === 'string' && /^\S+$/.test(fact) ? fact : JSON.stringify(fact);
}

function inColour(colour, text) {
  return `\x1b[${colour}m${text}\x1b[0m`;
}
