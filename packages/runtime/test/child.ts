import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const PACKAGE = resolve(import.meta.dirname, '..');

/** Runs a TypeScript program in a process of its own; it may import from `@orders/runtime`. */
export function runProgram(program: string) {
  return runNode(['--input-type=module-typescript', '--eval', program]);
}

/** Runs a Node in the folder of the package, with a channel to it, as `npm start` does. */
export function runNode(args: string[], node = process.execPath) {
  const child = spawn(node, args, {
    cwd: PACKAGE,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  }) as ChildProcessWithoutNullStreams;
  let output = '';
  let errors = '';
  let look = () => {};
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text;
    look();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  // Not the child's own 'close': there is none when the channel was closed from here.
  const closed = [child.stdout, child.stderr].map((stream) => once(stream, 'close'));
  const ended = once(child, 'exit').then(async ([code, signal]) => {
    await Promise.all(closed);
    return (code ?? signal) as number | NodeJS.Signals | null;
  });

  return {
    child,
    ended,
    output: () => output,
    errors: () => errors,
    /** The lines of log so far. */
    log: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    /** Waits until it has written this to stdout. */
    says(text: string): Promise<void> {
      return new Promise((settle, reject) => {
        look = () => {
          if (output.includes(text)) settle();
        };
        void ended.then(() => reject(new Error(`ended without ${text}:\n${output}${errors}`)));
        look();
      });
    },
  };
}
