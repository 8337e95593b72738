import type { components } from '@orders/contract';
import type { Command } from 'commander';

import { examples, serviceOf, wantsJson } from '../command.ts';
import { exit, Failure } from '../failure.ts';
import { findAll } from '../pages.ts';
import { ask, type Service } from '../service.ts';
import { paintStatus, writeJson, writeLine } from '../show.ts';
import type { Terminal } from '../terminal.ts';

type Order = components['schemas']['Order'];

/** Orders that are changed at once. */
const together = 16;

export function addCancel(program: Command, terminal: Terminal): void {
  program
    .command('cancel')
    .summary('cancel orders')
    .description(
      'Takes orders back. One that a worker has in hand is Processing still when this says so: ' +
        'its processor is told to give up ("orders wait" tells how it ends).',
    )
    .argument('<order_id...>')
    .option('--reason <text>', 'why; kept in the history')
    .addHelpText('after', examples('cancel 123', 'cancel 123 124 --reason "out of stock"'))
    .action(async (ids: string[], { reason }: { reason?: string }, command: Command) => {
      const service = serviceOf(command, terminal, terminal.insisted);
      const body = reason === undefined ? {} : { reason };
      await changeAll(ids, terminal, wantsJson(command), (order_id) =>
        ask(
          service,
          service.client.POST('/order/{order_id}/cancel', { params: { path: { order_id } }, body }),
        ),
      );
    });
}

export function addRetry(program: Command, terminal: Terminal): void {
  program
    .command('retry')
    .summary('try orders again that Failed or were Cancelled')
    .description('Makes orders Pending again that Failed or were Cancelled.')
    .argument('[order_id...]')
    .option('--failed', 'all that are Failed now')
    .addHelpText('after', examples('retry 123', 'retry --failed'))
    .action(async (ids: string[], { failed }: { failed?: true }, command: Command) => {
      if ((ids.length === 0) === (failed === undefined)) {
        throw new Failure('name the orders, or say --failed', exit.usage);
      }
      const service = serviceOf(command, terminal, terminal.insisted);
      const found = failed ? failedIds(serviceOf(command, terminal)) : ids;
      await changeAll(found, terminal, wantsJson(command), (order_id) =>
        ask(
          service,
          service.client.POST('/order/{order_id}/retry', { params: { path: { order_id } } }),
        ),
      );
    });
}

/** Read to the end first: what fails again meanwhile is not to be tried for ever. */
async function failedIds(service: Service): Promise<string[]> {
  const ids: string[] = [];
  for await (const { order_id } of findAll(service, { status: 'Failed' })) ids.push(order_id);
  return ids;
}

/**
 * Changes the orders, some at once, and tells how each stands then; what is refused does not hold
 * up the others.
 *
 * @throws Failure when some were refused, or when the service gives no answer
 */
async function changeAll(
  orderIds: Promise<string[]> | string[],
  { stdout, stderr, interrupted }: Terminal,
  json: boolean,
  change: (orderId: string) => Promise<Order>,
): Promise<void> {
  const ids = await orderIds;
  const left = ids.values();
  let changed = 0;
  let refused = 0;
  const hand = async () => {
    for (const orderId of left) {
      if (interrupted.aborted) return;
      try {
        const order = await change(orderId);
        changed += 1;
        if (json) writeJson(stdout, order);
        else writeLine(stdout, `${order.order_id} is ${paintStatus(stdout, order.status)}`);
      } catch (error) {
        if (!(error instanceof Failure) || error.status !== exit.no) throw error;
        refused += 1;
        writeLine(stderr, `${orderId}: ${error.message}`);
      }
    }
  };
  await Promise.all(Array.from({ length: together }, hand));
  if (ids.length !== 1 && !json) writeLine(stderr, `${changed} changed, ${refused} refused`);
  if (refused > 0) throw new Failure('', exit.no);
}
