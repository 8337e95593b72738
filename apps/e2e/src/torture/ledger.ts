import { setTimeout as sleep } from 'node:timers/promises';

import { openShop, orderBody } from '../shop.ts';
import type { Random } from './random.ts';

/** What clients were told. */
export interface Ledger {
  /** Orders whose placing was answered with 201, or with 409 after an answer that never came. */
  readonly accepted: Set<string>;
  /** Orders that are Cancelled: so it was answered. */
  readonly cancelled: Set<string>;
  /** Requests that were not answered, or with a 5xx; each was sent again until it was. */
  unanswered: number;
  /** Answers that must not be. */
  readonly faults: string[];
}

export interface ClientOptions {
  readonly urls: readonly string[];
  readonly clients: number;
  readonly random: Random;
  /** Ends it; what was not answered by then is neither accepted nor refused. */
  readonly until: AbortSignal;
  /** Between two orders of one client. */
  readonly longestPauseMs: number;
}

const patienceMs = 2000;

/**
 * Has clients place distinct orders, and cancel some, and write down every answer.
 *
 * @returns the ledger, which is being written until `done` resolves
 */
export function placeAndWriteDown(options: ClientOptions): { ledger: Ledger; done: Promise<void> } {
  const { random, until } = options;
  const shops = options.urls.map((url) => openShop(url, options.clients, patienceMs));
  const ledger: Ledger = {
    accepted: new Set(),
    cancelled: new Set(),
    unanswered: 0,
    faults: [],
  };

  /** Sends it, to one after another, until somebody answers. */
  async function answered(send: (shop: (typeof shops)[number]) => Promise<{ status: number }>) {
    for (let tries = 1; !until.aborted; tries++) {
      const reply = await send(random.pick(shops)).catch(() => undefined);
      if (reply !== undefined && reply.status < 500) return { status: reply.status, tries };
      ledger.unanswered += 1;
      await sleep(random.whole(10, 100));
    }
  }

  async function placeOne(orderId: string): Promise<void> {
    const placed = await answered((shop) => shop.place(orderBody(orderId)));
    if (placed === undefined) return;
    const { status, tries } = placed;
    if (status === 201 || (status === 409 && tries > 1)) ledger.accepted.add(orderId);
    else ledger.faults.push(`${orderId}: placing it was answered with ${status}`);
    if (random.next() > 0.1) return;
    const cancelled = await answered((shop) => shop.cancel(orderId));
    if (cancelled?.status === 200) ledger.cancelled.add(orderId);
    else if (cancelled && ![202, 409].includes(cancelled.status)) {
      ledger.faults.push(`${orderId}: cancelling it was answered with ${cancelled.status}`);
    }
  }

  let last = 0;
  const client = async () => {
    while (!until.aborted) {
      last += 1;
      // How long it takes, and how often it fails: for processor.mjs.
      const failures = random.next() < 0.05 ? random.whole(1, 2) : 0;
      await placeOne(`t${last}-${random.whole(0, 20)}-${failures}`);
      await sleep(random.whole(0, options.longestPauseMs));
    }
  };
  const done = Promise.all(Array.from({ length: options.clients }, client)).then(() => {
    for (const shop of shops) shop.close();
  });
  return { ledger, done };
}
