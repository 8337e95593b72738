import type { components } from '@orders/contract';
import { type Command, Option } from 'commander';

import { examples, parseWholeNumber, serviceOf, wantsJson } from '../command.ts';
import { findAll } from '../pages.ts';
import { orderLine, writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

type Status = components['schemas']['Status'];

interface ListOptions {
  readonly status?: Status;
  readonly user?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export const statuses: readonly Status[] = [
  'Pending',
  'Processing',
  'Completed',
  'Failed',
  'Cancelled',
];

export function addList(program: Command, terminal: Terminal): void {
  const { stdout, interrupted } = terminal;
  program
    .command('list')
    .summary('find orders, newest first')
    .description('Finds orders, newest first. With --json one order in JSON a line.')
    .addOption(new Option('--status <status>', 'only orders in this status').choices(statuses))
    .option('--user <user_id>', 'only orders of this user')
    .option('--from <time>', 'only orders accepted at this moment or later, such as 2026-01-05')
    .option('--to <time>', 'only orders accepted before this moment')
    .option('--limit <number>', 'so many at the most; 0 for all', parseWholeNumber, 20)
    .addHelpText('after', examples('list --status Failed', 'list --user user_1 --limit 0 --json'))
    .action(async ({ status, user, from, to, limit }: ListOptions, command: Command) => {
      const filter = {
        ...(status && { status }),
        ...(user !== undefined && { user_id: user }),
        ...(from !== undefined && { placed_from: asMoment(from) }),
        ...(to !== undefined && { placed_to: asMoment(to) }),
      };
      let shown = 0;
      for await (const order of findAll(serviceOf(command, terminal), filter)) {
        if (interrupted.aborted) return;
        if (wantsJson(command)) writeJson(stdout, order);
        else writeLine(stdout, orderLine(stdout, order));
        shown += 1;
        if (shown === limit) return;
      }
    });
}

/** A day alone begins at midnight, UTC; what is no time at all the service refuses. */
function asMoment(text: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
}
