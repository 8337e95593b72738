import { SingleBar } from 'cli-progress';

/** A bar on a terminal, a line each two seconds elsewhere; on stderr. */
export interface Progress {
  show(doing: string, done: number, of: number): void;
  /** Leaves the bar as it stands. */
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const format = stream.isTTY
    ? '{doing} {bar} {percentage} % | {eta_formatted} left'
    : '{doing}: {percentage} %';
  // Where there is no terminal, what is cleared is an empty line.
  const options = { stream, format, noTTYOutput: true, clearOnComplete: !stream.isTTY };
  let bar: SingleBar | undefined;
  let shown: string | undefined;

  return {
    show(doing, done, of) {
      if (doing !== shown) {
        bar?.stop();
        bar = new SingleBar({ ...options, barCompleteChar: '█', barIncompleteChar: '░' });
        bar.start(of, done, { doing });
        shown = doing;
      }
      bar?.update(done);
    },
    end: () => bar?.stop(),
  };
}
