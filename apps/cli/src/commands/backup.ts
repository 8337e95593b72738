import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { backUpDatabase } from '@orders/db';
import type { Command } from 'commander';

import { examples, wantsJson } from '../command.ts';
import { exit, Failure } from '../failure.ts';
import { databaseOption, lookAfter } from '../look-after.ts';
import { writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';
import { tellFaults } from './check.ts';

export function addBackup(program: Command, terminal: Terminal): void {
  const { stdout, interrupted, directory } = terminal;
  program
    .command('backup')
    .summary('copy the database, while it is used')
    .description(
      'Copies the database into a new file, as it is at one moment: every order accepted before ' +
        'is in it. Others go on using it. The copy is opened and checked before it gets its ' +
        'name. A database on a PostgreSQL server is backed up by pg_dump instead.',
    )
    .argument('<file>', 'the new file')
    .addOption(databaseOption())
    .addHelpText('after', examples('backup orders-2026-01-05.db'))
    .action(async (name: string, _, command: Command) => {
      const file = resolve(directory, name);
      const faults = await lookAfter(command, terminal, (database) =>
        backUpDatabase(database, file, () => {
          if (interrupted.aborted) throw new Failure('', exit.interrupted);
        }),
      );
      if (faults.length > 0) {
        tellFaults(stdout, faults, wantsJson(command));
        throw new Failure('the database is not in order: there is no backup', exit.no);
      }
      const bytes = statSync(file).size;
      if (wantsJson(command)) writeJson(stdout, { file, bytes });
      else writeLine(stdout, `${name} is a copy that passed the check (${bytes} bytes)`);
    });
}
