import type { Request, RequestHandler, Response } from 'express';
import { clientOf } from './client.ts';

/** Batches that are in memory at once at the most, and those of one client among them. */
interface Most {
  readonly inAll: number;
  readonly ofClient: number;
}

/**
 * Has batches that are held in memory as a whole, up to 16 MiB each, wait for their turn before
 * their bodies are read: else whoever may place a single order could fill the memory with bodies
 * that never end. First come, first served; those of one client wait also while there is room for
 * others. Lines that are placed as they come need not.
 */
export function takeTurns(most: Most = { inAll: 8, ofClient: 2 }): RequestHandler {
  const held = new Map<string, number>();
  const waiting = new Set<{ client: string; start: () => void }>();
  let inAll = 0;

  const heldOf = (client: string) => held.get(client) ?? 0;

  function startNext(): void {
    for (const one of waiting) {
      if (inAll >= most.inAll) return;
      if (heldOf(one.client) >= most.ofClient) continue;
      waiting.delete(one);
      inAll += 1;
      held.set(one.client, heldOf(one.client) + 1);
      one.start();
    }
  }

  function leave(client: string): void {
    inAll -= 1;
    if (heldOf(client) > 1) held.set(client, heldOf(client) - 1);
    else held.delete(client);
    startNext();
  }

  return (req, res, next) => {
    if (!isHeld(req, res)) return next();
    const client = clientOf(req, res);
    const one = { client, start: next };
    waiting.add(one);
    res.once('close', () => (waiting.delete(one) ? undefined : leave(client)));
    startNext();
  };
}

function isHeld(req: Request, { locals }: Response): boolean {
  if (locals.route !== '/order/batch' || req.method !== 'POST') return false;
  return !req.is('application/x-ndjson') || req.query.error_policy === 'reject_everything';
}
