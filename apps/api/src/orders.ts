import { type components, type OrderAnswer, orderAnswer, toMinor } from '@orders/contract';
import {
  type Database,
  findOrderAndPlace,
  findRefusal,
  type NewOrder,
  type Placement,
  type Placer,
} from '@orders/db';
import { type Request, type Response, Router } from 'express';
import { callerOf, notTheirs, onlyOf } from './auth/caller.ts';
import { etagOf, isAtHand } from './etag.ts';
import type { Hub } from './feed/hub.ts';
import { readerWhenEnded, requestedWaitMs } from './feed/wait.ts';
import { idempotencyOf } from './idempotency.ts';
import type { Backlog } from './limits/backlog.ts';
import type { Followers } from './limits/followers.ts';
import { Problem } from './problems.ts';

type Schemas = components['schemas'];
/** The validator fills in the defaults. */
export type ValidOrder = Required<Schemas['NewOrder']>;
type PlaceRequest = Request<object, Schemas['PlacedOrder'], ValidOrder>;

interface OrderParts {
  database: Database;
  placer: Placer;
  backlog: Backlog;
  hub: Hub;
  followers: Followers;
  stopping: AbortSignal;
}

export function orderRoutes(parts: OrderParts): Router {
  const { database, placer, backlog } = parts;
  const routes = Router();
  const readWhenEnded = readerWhenEnded(
    (id, res) => findOrderAndPlace(database, id, onlyOf(res)),
    parts,
  );

  routes.post('/order/', async (req: PlaceRequest, res: Response<Schemas['PlacedOrder']>) => {
    const { order_id } = req.body;
    res.locals.orderId = order_id;
    const order = toNewOrder(req.body, res.locals.requestId);
    const refused = notTheirs(onlyOf(res), order.userId);
    if (refused) throw refused;
    const idempotency = idempotencyOf(req.get('Idempotency-Key'), order, callerOf(res));
    const named = { ...order, ...idempotency };
    let outcome: Placement | undefined;
    try {
      outcome = await backlog.admit(1, () => placer.place(named));
    } catch (error) {
      // Where there is no room, one that has been accepted is told of all the same.
      if (error instanceof Problem) outcome = await findRefusal(database, named);
      if (outcome === undefined) throw error;
    }
    const refusal = refusals[outcome]?.();
    if (refusal) throw refusal;
    if (outcome === 'replayed') res.set('Idempotent-Replayed', 'true');
    // An order id has only characters that may stand in a path as they are.
    res.status(201).location(`/order/${order_id}`);
    res.json({ message: 'Order placed successfully', order_id });
  });

  routes.get('/order/:order_id', async (req, res: Response<OrderAnswer>) => {
    const { order_id } = req.params;
    res.locals.orderId = order_id;
    const found = await readWhenEnded(order_id, requestedWaitMs(req, res), res);
    if (!found) throw new Problem('order-not-found', 'Order not found');
    const answer = orderAnswer(found.order, found.place);
    const etag = etagOf(answer);
    res.set('ETag', etag);
    if (isAtHand(req.get('If-None-Match'), etag)) res.status(304).end();
    else res.json(answer);
  });

  return routes;
}

/** Why an order that is valid is not placed. */
const refusals: { readonly [outcome in Placement]?: () => Problem } = {
  duplicate: orderExists,
  'key-reused': () =>
    new Problem('idempotency-key-reused', 'Another order was placed under this Idempotency-Key'),
  'key-in-flight': () => {
    const headers = { 'Retry-After': '1' };
    return new Problem('idempotency-key-in-flight', 'Try again in a moment', { headers });
  },
};

export function orderExists(): Problem {
  return new Problem('order-exists', 'Order ID already exists');
}

/** An order as the contract has it, defaults filled in, as it is to be kept. */
export function toNewOrder(order: ValidOrder, requestId: string): NewOrder {
  const { order_id, user_id, item_ids, total_amount, currency } = order;
  return {
    orderId: order_id,
    userId: user_id,
    itemIds: joinItems(item_ids),
    totalMinor: toMinor(total_amount, currency),
    currency,
    requestId,
  };
}

/** The items as one string, without the spaces around them. */
export function joinItems(items: string | string[]): string {
  const list = typeof items === 'string' ? items.split(',') : items;
  return list.map((item) => item.trim()).join(',');
}
