import { checkDatabase, type Fault } from '@orders/db';
import type { Command } from 'commander';

import { examples, wantsJson } from '../command.ts';
import { exit, Failure } from '../failure.ts';
import { databaseOption, lookAfter } from '../look-after.ts';
import { writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

export function addCheck(program: Command, terminal: Terminal): void {
  const { stdout } = terminal;
  program
    .command('check')
    .summary('look whether the database is in order')
    .description(
      'Counts anew all that is kept as a number, looks for what does not fit together, and for ' +
        'damage to the file. Reads the whole database, while others go on using it; changes ' +
        'nothing. Status 1 when something is wrong.',
    )
    .addOption(databaseOption())
    .addHelpText('after', examples('check', 'check --database file:backup.db'))
    .action(async (_, command: Command) => {
      let orders = 0;
      const faults = await lookAfter(command, terminal, (database) =>
        checkDatabase(database, (read) => {
          orders = read;
          if (terminal.interrupted.aborted) throw new Failure('', exit.interrupted);
        }),
      );
      tellFaults(stdout, faults, wantsJson(command));
      if (faults.length > 0) throw new Failure('', exit.no);
      if (!wantsJson(command)) writeLine(stdout, `${orders} orders, all in order`);
    });
}

export function tellFaults(out: Terminal['stdout'], faults: readonly Fault[], json: boolean): void {
  for (const fault of faults) {
    if (json) writeJson(out, fault);
    else writeLine(out, `${fault.in}: ${fault.what}`);
  }
}
