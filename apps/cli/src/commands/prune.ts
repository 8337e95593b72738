import { setTimeout as sleep } from 'node:timers/promises';
import { countPrunable, type PrunePlace, pruneOrders } from '@orders/db';
import type { Command } from 'commander';

import { examples, wantsJson } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { databaseOption, lookAfter } from '../look-after.ts';
import { writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

interface PruneOptions {
  readonly olderThan: number;
  readonly dryRun?: true;
}

export function addPrune(program: Command, terminal: Terminal): void {
  const { stdout, interrupted } = terminal;
  program
    .command('prune')
    .summary('delete orders that ended long ago')
    .description(
      'Deletes orders that were Completed, Failed or Cancelled so long ago, with their history, ' +
        'a little at a time, while others go on using the database. Their ids are kept: none is ' +
        'accepted again. They leave the counts of orders and stay in the averages.',
    )
    .requiredOption('--older-than <duration>', 'ended so long ago, such as 90d', parseDuration)
    .option('--dry-run', 'only count them')
    .addOption(databaseOption())
    .addHelpText('after', examples('prune --older-than 90d --dry-run', 'prune --older-than 90d'))
    .action(async ({ olderThan, dryRun }: PruneOptions, command: Command) => {
      const step = dryRun ? countPrunable : pruneOrders;
      let orders = 0;
      await lookAfter(command, terminal, async (database) => {
        let from: PrunePlace | null | undefined;
        while (from !== null && !interrupted.aborted) {
          const began = performance.now();
          const done = await step(database, olderThan, from);
          orders += done.orders;
          from = done.next;
          // As long as it took: half of the time the database is there for others alone.
          if (done.orders > 0) await sleep(dryRun ? 0 : performance.now() - began);
        }
      });
      if (wantsJson(command)) return writeJson(stdout, { orders, dry_run: dryRun === true });
      writeLine(stdout, `${orders} orders ${dryRun ? 'would be' : 'were'} pruned`);
    });
}
