import type { components } from '@orders/contract';
import type { Command } from 'commander';

import { examples, serviceOf, wantsJson } from '../command.ts';
import { ask } from '../service.ts';
import { eventLine, orderCard, writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

export function addGet(program: Command, terminal: Terminal): void {
  const { stdout } = terminal;
  program
    .command('get')
    .summary('show an order')
    .description('Shows an order, and with --history everything that happened to it.')
    .argument('<order_id>')
    .option('--history', 'also what happened to it, oldest first')
    .addHelpText('after', examples('get 123', 'get 123 --history', 'get 123 --json'))
    .action(async (order_id: string, { history }: { history?: true }, command: Command) => {
      const service = serviceOf(command, terminal);
      const params = { path: { order_id } };
      const order = await ask(service, service.client.GET('/order/{order_id}', { params }));
      const events = history ? await readHistory(order_id) : undefined;
      if (wantsJson(command)) return writeJson(stdout, { ...order, ...(events && { events }) });
      writeLine(stdout, orderCard(stdout, order));
      for (const event of events ?? []) writeLine(stdout, eventLine(stdout, event));

      async function readHistory(order_id: string) {
        const answer = await ask(
          service,
          service.client.GET('/order/{order_id}/events', {
            params: { path: { order_id } },
            headers: { Accept: 'application/json' },
          }),
        );
        return (answer as components['schemas']['OrderHistory']).events;
      }
    });
}
