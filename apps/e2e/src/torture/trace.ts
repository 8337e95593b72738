/** A system call of a traced process that has come to its end, or a write that has begun. */
export interface Call {
  readonly name: string;
  /** What its first argument, a descriptor, stands for: a path, or `socket:[…]`. */
  readonly file: string;
  readonly bytes: Buffer;
  /** Its last argument: where pwrite64 writes, and how long ftruncate leaves the file. */
  readonly at: number;
  /** Which of all it is, as they are told of; for a sync, how many had been begun when it began. */
  readonly nth: number;
}

/** The arguments with which strace writes down everything that can reach a disk or a client. */
export function straceArguments(traceFile: string): string[] {
  const calls = 'trace=pwrite64,ftruncate,fsync,fdatasync,write,writev';
  return ['-f', '--seccomp-bpf', '-y', '-xx', '-s', '70000', '-e', calls, '-o', traceFile];
}

/**
 * Reads what strace wrote. Calls of several threads overlap: a sync counts when it has returned, and
 * for what had been begun before it; a write from when it began. Each is the worse of both.
 */
export function* readTrace(trace: string): Generator<Call> {
  const unfinished = new Map<string, { text: string; nth: number }>();
  let begun = 0;
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, { text: rest, nth: begun });
      if (!isSync(rest)) yield* told(rest);
    } else if (rest.startsWith('<... ')) {
      const { text, nth } = unfinished.get(thread) ?? { text: '', nth: 0 };
      if (isSync(text) && / = 0$/.test(rest)) yield* told(text, nth);
    } else if (!(isSync(rest) && / = -1 /.test(rest))) yield* told(rest);
  }

  function* told(text: string, nth = begun): Generator<Call> {
    for (const call of callOf(text)) {
      begun += 1;
      yield { ...call, nth };
    }
  }
}

function isSync(text: string): boolean {
  return /^f(data)?sync/.test(text);
}

function* callOf(text: string): Generator<Omit<Call, 'nth'>> {
  const [, name, file, args] = /^(\w+)\(\d+<([^>]*)>(.*)$/.exec(text) ?? [];
  if (name === undefined || file === undefined || args === undefined) return;
  const bytes = [...args.matchAll(/"([^"]*)"/g)].map(([, hex]) => decode(hex ?? ''));
  const at = Number(/, (\d+)(?:\)|<| <).*$/.exec(args)?.[1] ?? 0);
  yield { name, file: decode(file).toString(), bytes: Buffer.concat(bytes), at };
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
