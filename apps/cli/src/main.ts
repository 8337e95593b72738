import { exit } from './failure.ts';
import { runCommand } from './program.ts';

/** On Ctrl-C the terminal and npm both send a signal: within this it is the same wish. */
const repeatMs = 500;

const interrupted = new AbortController();
const insisted = new AbortController();
let toldAt = Number.POSITIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (performance.now() - toldAt > repeatMs) insisted.abort();
    toldAt = Math.min(toldAt, performance.now());
    interrupted.abort();
  });
}
// Whoever reads has read enough, as "head" does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exit.done : exit.no);
});

process.exitCode = await runCommand(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  // npm runs scripts in the project's folder, and tells where it was called.
  directory: process.env.INIT_CWD ?? process.cwd(),
  interrupted: interrupted.signal,
  insisted: insisted.signal,
});
// Nothing that is open still, such as a connection kept alive, is worth waiting for.
process.stdout.write('', () => process.exit());
