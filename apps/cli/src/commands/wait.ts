import type { components } from '@orders/contract';
import type { Command } from 'commander';

import { examples, serviceOf, wantsJson } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { exit, Failure } from '../failure.ts';
import { ask, type Service } from '../service.ts';
import { paintStatus, writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

type Order = components['schemas']['Order'];

/** The service holds an answer back for so long at the most. */
const longestWaitSec = 60;

export function addWait(program: Command, terminal: Terminal): void {
  const { stdout, interrupted } = terminal;
  program
    .command('wait')
    .summary('wait until orders have ended')
    .description(
      'Waits until all of the orders have ended and tells how, one a line, as they end. Status ' +
        '0 when all are Completed, 1 when one is not, 124 when the time was up first.',
    )
    .argument('<order_id...>')
    .option('--timeout <duration>', 'wait no longer than this, such as 90s or 5m', parseDuration)
    .addHelpText('after', examples('wait 123', 'wait 123 124 --timeout 5m'))
    .action(async (orderIds: string[], { timeout }: { timeout?: number }, command: Command) => {
      const service = serviceOf(command, terminal);
      const deadline = performance.now() + (timeout ?? Number.POSITIVE_INFINITY);
      const orders = await Promise.all(
        orderIds.map(async (orderId) => {
          const order = await waitFor(service, orderId, deadline, interrupted);
          if (!hasEnded(order)) return order;
          if (wantsJson(command)) writeJson(stdout, order);
          else writeLine(stdout, `${order.order_id} ${paintStatus(stdout, order.status)}`);
          return order;
        }),
      );
      if (interrupted.aborted) return;
      const open = orders.filter((order) => !hasEnded(order));
      if (open.length > 0) {
        const still = open.map(({ order_id, status }) => `${order_id} is ${status} still`);
        throw new Failure(still.join('\n'), exit.timeUp);
      }
      if (orders.some(({ status }) => status !== 'Completed')) throw new Failure('', exit.no);
    });
}

/** How the order stands when it has ended, the time is up, or nobody wants to wait any more. */
async function waitFor(
  service: Service,
  order_id: string,
  deadline: number,
  interrupted: AbortSignal,
): Promise<Order> {
  for (;;) {
    const leftSec = Math.max(0, Math.ceil((deadline - performance.now()) / 1000));
    const wait = Math.min(longestWaitSec, leftSec);
    const params = { path: { order_id }, query: { wait } };
    const signal = interrupted;
    const order = await ask(service, service.client.GET('/order/{order_id}', { params, signal }));
    if (hasEnded(order) || wait === leftSec || interrupted.aborted) return order;
  }
}

function hasEnded({ status }: Order): boolean {
  return status !== 'Pending' && status !== 'Processing';
}
