/** Runs a user's processor, in a thread of its own: started by thread-processor.ts. */
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';

import { messageOf } from './processing.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

type UserProcessor = (
  order: object,
  context: { attempt: number; signal: AbortSignal },
) => Promise<void> | void;

const running = new Map<number, AbortController>();
const say = (message: FromThread) => parentPort?.postMessage(message);

const processor = await load((workerData as { path: string }).path);
if (processor !== undefined) {
  parentPort?.on('message', (message: ToThread) => {
    if (message.type === 'process') {
      void run(processor, message);
    } else {
      running.get(message.id)?.abort(new Error(message.reason));
      say({ type: 'aborting', id: message.id });
    }
  });
  say({ type: 'ready' });
}

async function load(path: string): Promise<UserProcessor | undefined> {
  try {
    const exported = await defaultExport(path);
    if (typeof exported === 'function') return exported as UserProcessor;
    say({ type: 'unfit', error: 'its default export is not a function' });
  } catch (error) {
    say({ type: 'unfit', error: `it cannot be loaded: ${messageOf(error)}` });
  }
}

/** Read by tsx where it is TypeScript: Node by itself reads only what it need not translate. */
async function defaultExport(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  if (!/\.[cm]?tsx?$/.test(path)) return (await import(url)).default;
  const { tsImport } = await import('tsx/esm/api');
  const { default: exported } = await tsImport(url, import.meta.url);
  // Outside of a package with "type": "module" it is CommonJS, whose default is all its exports.
  return exported?.default ?? exported;
}

async function run(
  process: UserProcessor,
  { id, order, attempt }: Extract<ToThread, { type: 'process' }>,
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    await process(order, { attempt, signal: controller.signal });
    say({ type: 'done', id });
  } catch (error) {
    say({ type: 'failed', id, error: messageOf(error) });
  } finally {
    running.delete(id);
  }
}
