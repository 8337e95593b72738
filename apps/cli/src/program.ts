import { Command, CommanderError, Option } from 'commander';

import { addBackup } from './commands/backup.ts';
import { addCancel, addRetry } from './commands/change.ts';
import { addCheck } from './commands/check.ts';
import { addCompletion } from './commands/completion.ts';
import { addGet } from './commands/get.ts';
import { addList } from './commands/list.ts';
import { addMetrics } from './commands/metrics.ts';
import { addPlace } from './commands/place.ts';
import { addPrune } from './commands/prune.ts';
import { addWait } from './commands/wait.ts';
import { addWatch } from './commands/watch.ts';
import { type ExitStatus, exit, Failure } from './failure.ts';
import { paint } from './show.ts';
import type { Terminal } from './terminal.ts';

/**
 * Carries out a command line.
 *
 * @param args - without the program's name
 * @returns the exit status, when all is written
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  const { stderr, interrupted } = terminal;
  try {
    await createProgram(terminal).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (interrupted.aborted) return exit.interrupted;
    // Help and mistakes in the command line; commander has said it all.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    if (!(error instanceof Failure)) throw error;
    if (error.message !== '') stderr.write(`${paint(stderr, 'red', 'error:')} ${error.message}\n`);
    return error.status;
  }
  return interrupted.aborted ? exit.interrupted : exit.done;
}

/** The whole command line, described. */
export function createProgram(terminal: Terminal): Command {
  const { stdout, stderr } = terminal;
  const program = new Command('orders')
    .description('Places orders, looks after them, and looks after the database they are in.')
    .addOption(
      new Option('--url <url>', 'where the service is')
        .env('ORDERS_URL')
        .default('http://127.0.0.1:8000'),
    )
    .addOption(new Option('--token <token>', 'who is asking').env('ORDERS_TOKEN'))
    .option('--json', 'the answer as JSON, one value a line')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHasColors: () => stdout.isTTY === true,
      getErrHasColors: () => stderr.isTTY === true,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('("orders --help" lists the commands)')
    .addHelpText('after', statuses);
  addPlace(program, terminal);
  addGet(program, terminal);
  addList(program, terminal);
  addWait(program, terminal);
  addWatch(program, terminal);
  addCancel(program, terminal);
  addRetry(program, terminal);
  addMetrics(program, terminal);
  addBackup(program, terminal);
  addPrune(program, terminal);
  addCheck(program, terminal);
  addCompletion(program, terminal);
  return program;
}

const statuses = `
Exit status:
  0    done
  1    the answer was no: refused, not found, Failed, faults found
  2    the command line, or a file that it names, is not as it should be
  3    no answer: the service or the database cannot be reached, or cannot do it now
  124  wait: the time was up
  130  interrupted by Ctrl-C

ORDERS_URL and ORDERS_TOKEN stand for --url and --token. NO_COLOR=1 turns colours off.
`;
