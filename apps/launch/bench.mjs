import { join } from 'node:path';
import { onOwnNode } from './check.mjs';
import { installMissing } from './install.mjs';

const PEERS = 'apps/bench/peers';

/**
 * Runs benchmarks. What they compare with lies in a project of its own, which is installed, and
 * its types checked, only here.
 *
 * @returns 0 when all could be measured and everything measured was right
 */
export async function bench(root, args, stops) {
  await installMissing(join(root, PEERS), stops, 'what the benchmarks compare with');
  if (stops.times > 0) return 130;
  const checked = await onOwnNode(root, ['node_modules/typescript/bin/tsc', '-p', PEERS], stops);
  if (checked !== 0 || stops.times > 0) return checked;
  return onOwnNode(root, ['apps/bench/src/main.ts', ...args], stops);
}
