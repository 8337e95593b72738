/** A system call of a traced process that has come to its end, or a write that has begun. */
export interface Call {
  readonly name: string;
  /** What its first argument, a descriptor, stands for: a path, or `socket:[…]`. */
  readonly file: string;
  readonly bytes: Buffer;
  /** Its last argument: where pwrite64 writes, and how long ftruncate leaves the file. */
  readonly at: number;
}

/** The arguments with which strace writes down everything that can reach a disk or a client. */
export function straceArguments(traceFile: string): string[] {
  const calls = 'trace=pwrite64,ftruncate,fsync,fdatasync,write,writev';
  return ['-f', '--seccomp-bpf', '-y', '-xx', '-s', '70000', '-e', calls, '-o', traceFile];
}

/**
 * Reads what strace wrote. Calls of several threads overlap: a sync counts when it has returned,
 * a write from when it began, which is the worse of both.
 */
export function* readTrace(trace: string): Generator<Call> {
  const unfinished = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith('<unfinished ...>')) {
      unfinished.set(thread, rest);
      if (!/^f(data)?sync/.test(rest)) yield* callOf(rest);
    } else if (rest.startsWith('<... ')) {
      const begun = unfinished.get(thread) ?? '';
      if (/^f(data)?sync/.test(begun) && / = 0$/.test(rest)) yield* callOf(begun);
    } else if (!/^f(data)?sync.* = -1 /.test(rest)) yield* callOf(rest);
  }
}

function* callOf(text: string): Generator<Call> {
  const [, name, file, args] = /^(\w+)\(\d+<([^>]*)>(.*)$/.exec(text) ?? [];
  if (name === undefined || file === undefined || args === undefined) return;
  const bytes = [...args.matchAll(/"([^"]*)"/g)].map(([, hex]) => decode(hex ?? ''));
  const at = Number(/, (\d+)(?:\)|<| <).*$/.exec(args)?.[1] ?? 0);
  yield { name, file: decode(file).toString(), bytes: Buffer.concat(bytes), at };
}

function decode(hex: string): Buffer {
  return Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}
