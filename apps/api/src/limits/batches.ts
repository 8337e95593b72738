import type { Request, RequestHandler, Response } from 'express';
import { Problem } from '../problems.ts';
import { clientOf } from './client.ts';

/** Batches that are in memory at once at the most, and how long one keeps others waiting. */
interface Bounds {
  readonly inAll: number;
  /** Those of one client among them. */
  readonly ofClient: number;
  /** Those of one client that wait for their turn. */
  readonly waitingOfClient: number;
  /** How long one waits for its turn. */
  readonly waitMs: number;
  /** How long a client may take nothing of an answer; it is found out within twice that. */
  readonly unreadMs: number;
}

const promised: Bounds = {
  inAll: 8,
  ofClient: 2,
  waitingOfClient: 100,
  waitMs: 30_000,
  unreadMs: 10_000,
};

interface Client {
  readonly name: string;
  held: number;
  readonly waiting: Set<Waiting>;
}

interface Waiting {
  begin(): void;
}

/**
 * Has batches that are held in memory as a whole, up to 16 MiB each, wait for their turn before
 * their bodies are read: else whoever may place a single order could fill the memory with bodies
 * that never end. Of one client first come, first served, and clients by turns; those of one wait
 * also while there is room for others. Lines that are placed as they come need not.
 *
 * A turn ends with the answer, which is memory too until it is read: whoever reads nothing of it is
 * cut off. Nobody waits for ever.
 *
 * @param bounds - for tests: others than those that are promised
 */
export function takeTurns(bounds: Partial<Bounds> = {}): RequestHandler {
  const { inAll, ofClient, waitingOfClient, waitMs, unreadMs } = { ...promised, ...bounds };
  const clients = new Map<string, Client>();
  /** The clients of whom a batch may begin when there is room, in their order. */
  const ready = new Set<Client>();
  let held = 0;

  function clientNamed(name: string): Client {
    const client = clients.get(name) ?? { name, held: 0, waiting: new Set() };
    clients.set(name, client);
    return client;
  }

  function lookAt(client: Client): void {
    if (client.held < ofClient && client.waiting.size > 0) ready.add(client);
    else ready.delete(client);
    if (client.held + client.waiting.size === 0) clients.delete(client.name);
  }

  function startNext(): void {
    for (const client of ready) {
      const [next] = client.waiting;
      if (held >= inAll || next === undefined) return;
      held += 1;
      client.held += 1;
      client.waiting.delete(next);
      // Behind the others, should it have another one.
      ready.delete(client);
      lookAt(client);
      next.begin();
    }
  }

  function leave(client: Client): void {
    held -= 1;
    client.held -= 1;
    lookAt(client);
    startNext();
  }

  return (req, res, next) => {
    if (!isHeld(req, res)) return next();
    const client = clientNamed(clientOf(req, res));
    if (client.waiting.size >= waitingOfClient) {
      const detail = `A client may have ${waitingOfClient} batches wait at once`;
      throw new Problem('too-many-requests', detail, { headers });
    }
    let hasBegun = false;
    const waiting: Waiting = {
      begin() {
        hasBegun = true;
        clearTimeout(patience);
        cutOffUnread(res, unreadMs);
        next();
      },
    };
    function giveUp(): void {
      clearTimeout(patience);
      if (client.waiting.delete(waiting)) lookAt(client);
    }
    const patience = setTimeout(() => {
      giveUp();
      next(new Problem('too-many-batches', 'Send it again, or as lines', { headers }));
    }, waitMs);
    res.once('close', () => (hasBegun ? leave(client) : giveUp()));
    client.waiting.add(waiting);
    lookAt(client);
    startNext();
  };
}

const headers = { 'Retry-After': '5' };

function cutOffUnread(res: Response, unreadMs: number): void {
  // Silent is also who waits for the database, or for the rest of a body.
  res.setTimeout(unreadMs, () => void (res.writableLength > 0 && res.destroy()));
  // Before Node sets the time that the connection may be idle.
  res.prependOnceListener('finish', () => void res.socket?.setTimeout(0));
}

function isHeld(req: Request, { locals }: Response): boolean {
  if (locals.route !== '/order/batch' || req.method !== 'POST') return false;
  return !req.is('application/x-ndjson') || req.query.error_policy === 'reject_everything';
}
