import type { Command } from 'commander';

import { examples, serviceOf, wantsJson } from '../command.ts';
import { ask } from '../service.ts';
import { table, writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

export function addMetrics(program: Command, terminal: Terminal): void {
  const { stdout } = terminal;
  program
    .command('metrics')
    .summary('how the whole is doing')
    .description('Shows how many orders stand how, and how long they take.')
    .addHelpText('after', examples('metrics', 'metrics --json'))
    .action(async (_, command: Command) => {
      const service = serviceOf(command, terminal);
      const headers = { Accept: 'application/json' };
      const metrics = await ask(service, service.client.GET('/metrics/', { headers }));
      if (wantsJson(command)) writeJson(stdout, metrics);
      else writeLine(stdout, table(Object.entries(metrics).map(([name, n]) => [name, n ?? '-'])));
    });
}
