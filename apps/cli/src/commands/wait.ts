import { setTimeout as sleep } from 'node:timers/promises';
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
/** Before it is asked again. */
const pauseMs = 250;

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
      const open = orders.filter((order) => !hasEnded(order));
      if (open.length > 0) {
        const still = open.map(({ order_id, status }) => `${order_id} is ${status} still`);
        throw new Failure(still.join('\n'), exit.timeUp);
      }
      if (orders.some(({ status }) => status !== 'Completed')) throw new Failure('', exit.no);
    });
}

/** How the order stands when it has ended, or when the time is up. */
async function waitFor(
  service: Service,
  order_id: string,
  deadline: number,
  interrupted: AbortSignal,
): Promise<Order> {
  const leftMs = () => Math.max(0, deadline - performance.now());
  for (;;) {
    const wait = Math.min(longestWaitSec, Math.ceil(leftMs() / 1000));
    const params = { path: { order_id }, query: { wait } };
    const order = await ask(service, service.client.GET('/order/{order_id}', { params }));
    if (hasEnded(order) || wait === 0) return order;
    // A service that stops answers all who wait before their time.
    await sleep(Math.min(pauseMs, leftMs()), undefined, { signal: interrupted });
  }
}

function hasEnded({ status }: Order): boolean {
  return status !== 'Pending' && status !== 'Processing';
}
