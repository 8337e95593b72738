import type { OrdersClient } from '@orders/contract/client';

/** How far it is. */
export interface RetryProgress {
  /** Pending again. */
  readonly retried: number;
  /** Not Failed any more when their turn came: somebody else was quicker. */
  readonly passed: number;
}

/** How many are asked for at once: the service has others to answer too. */
const atOnce = 8;

/**
 * Has every order tried again that is Failed, the newest first, each once: one that fails anew
 * meanwhile is left alone.
 *
 * @param signal - ends it between two orders
 * @throws when the service does not answer, or refuses for another reason; nothing is asked for any
 *   more then, and what is retried stays so
 */
export async function retryAllFailed(
  client: OrdersClient,
  signal: AbortSignal,
  onProgress: (progress: RetryProgress) => void,
): Promise<RetryProgress> {
  let progress: RetryProgress = { retried: 0, passed: 0 };
  let cursor: string | undefined;
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);

  async function retry(order_id: string): Promise<void> {
    const { error, response } = await client.POST('/order/{order_id}/retry', {
      params: { path: { order_id } },
    });
    if (response.status === 429) {
      await pause(Number(response.headers.get('Retry-After') ?? 1) * 1000, ending);
      return ending.aborted ? undefined : retry(order_id);
    }
    if (error && response.status !== 409) throw new Error(error.detail);
    const { retried, passed } = progress;
    progress = error ? { retried, passed: passed + 1 } : { retried: retried + 1, passed };
    onProgress(progress);
  }

  do {
    const query = { status: 'Failed' as const, limit: 100, ...(cursor && { cursor }) };
    const { data, error } = await client.GET('/order/', { params: { query } });
    if (error) throw new Error(error.detail);
    const left = data.data.values();
    const hand = async () => {
      for (const { order_id } of left) {
        if (ending.aborted) return;
        await retry(order_id);
      }
    };
    const hands = Array.from({ length: atOnce }, hand);
    // Each ends its order, also when another has failed.
    await Promise.all(hands.map((work) => work.catch((error) => failed.abort(error))));
    failed.signal.throwIfAborted();
    cursor = data.next_cursor ?? undefined;
  } while (cursor !== undefined && !signal.aborted);
  return progress;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    const enough = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', enough, { once: true });
  });
}
