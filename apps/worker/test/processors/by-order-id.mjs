/**
 * What a user's processor may do to its worker; which of it, the order's id says.
 *
 * Plain JavaScript: it is loaded some fifty times, and each time TypeScript would take the thread a
 * third of a second.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export default async function processOrder(order, { attempt, signal }) {
  const [what] = order.order_id.split(':');
  if (process.env.PROCESSED_FILE)
    appendFileSync(process.env.PROCESSED_FILE, `${order.order_id} ${attempt}\n`);
  if (what === 'chat') {
    console.log(order.order_id);
    console.error(order.order_id);
  }
  if (what === 'exit') process.exit(3);
  if (what === 'kill') process.kill(process.pid, 'SIGKILL');
  if (what === 'loop') for (;;);
  // Whoever reads the file ends the tool: it outlives the worker.
  if (what === 'sync')
    execFileSync('sh', ['-c', `echo $$ >> '${process.env.TOOLS_FILE}'; exec sleep 60`]);
  if (what === 'memory') for (const hoard = []; ; ) hoard.push(new Array(1e6).fill(0.5));
  if (what === 'stray')
    setImmediate(() => {
      throw new Error('thrown where nobody catches');
    });
  if (what === 'throw') throw new Error(`no luck with ${order.item_ids}`);
  if (what === 'odd') throw Object.assign(new Error('odd'), { message: { code: 8 } });
  if (what === 'until') {
    const file = process.env.UNTIL_FILE;
    while (!existsSync(file)) await sleep(10);
    appendFileSync(file, `${order.order_id}\n`);
  }
  if (what === 'late') setTimeout(() => process.exit(4), 1500);
  if (what === 'floating') void sleep(1).then(() => Promise.reject(new Error('floating')));
  if (what === 'reject') return Promise.reject({ code: 7 });
  if (what === 'never' || what === 'late' || what === 'stray') await new Promise(() => {});
  if (what === 'defy') {
    signal.addEventListener('abort', () =>
      setTimeout(() => {
        for (;;);
      }, 10),
    );
    await new Promise(() => {});
  }
  if (what === 'heed')
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}
