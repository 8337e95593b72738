import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { DatabaseUnavailable } from '../errors.ts';

/** What the process that looks writes, as JSON. */
export type Looked = { readonly damage: string[] } | { readonly unavailable: string };

/** How often it is asked whether anybody still wants to know, in milliseconds. */
const askEachMs = 100;

/**
 * What SQLite finds wrong with the file. It reads all of it, in one call that nothing interrupts: 5 s
 * for a million orders. So a process of its own does it, which can be ended at any moment; one with a
 * thread that is about it cannot end.
 *
 * @param onProgress - called again and again meanwhile; what it throws ends it
 * @throws DatabaseUnavailable when the file cannot be read
 */
export async function findDamage(path: string, onProgress: () => void): Promise<string[]> {
  const main = fileURLToPath(new URL('./damage-main.ts', import.meta.url));
  const looking = spawn(process.execPath, [...process.execArgv, main, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  looking.stdout.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  let hasEnded = false;
  const ended = once(looking, 'close').finally(() => {
    hasEnded = true;
  });
  try {
    while (!hasEnded) {
      onProgress();
      await Promise.race([ended, sleep(askEachMs)]);
    }
  } finally {
    looking.kill('SIGKILL');
    await ended;
  }
  if (said === '') throw new DatabaseUnavailable('the search for damage was ended from outside');
  const looked: Looked = JSON.parse(said);
  if ('unavailable' in looked) throw new DatabaseUnavailable(looked.unavailable);
  return looked.damage;
}
