import { type components, type OrderAnswer, orderAnswer, toMinor } from '@orders/contract';
import { type Database, findOrder, type Placer } from '@orders/db';
import { type Request, type Response, Router } from 'express';
import type { Hub } from './feed/hub.ts';
import { readerWhenEnded, requestedWaitMs } from './feed/wait.ts';
import { Problem } from './problems.ts';

type Schemas = components['schemas'];
/** The validator fills in the defaults. */
type ValidOrder = Required<Schemas['NewOrder']>;
type PlaceRequest = Request<object, Schemas['PlacedOrder'], ValidOrder>;

export function orderRoutes(
  database: Database,
  placer: Placer,
  hub: Hub,
  stopping: AbortSignal,
): Router {
  const routes = Router();
  const readWhenEnded = readerWhenEnded((id) => findOrder(database, id), hub, stopping);

  routes.post('/order/', async (req: PlaceRequest, res: Response<Schemas['PlacedOrder']>) => {
    const { order_id, user_id, item_ids, total_amount, currency } = req.body;
    const { requestId } = res.locals;
    res.locals.orderId = order_id;
    const outcome = await placer.place({
      orderId: order_id,
      userId: user_id,
      itemIds: joinItems(item_ids),
      totalMinor: toMinor(total_amount, currency),
      currency,
      requestId,
    });
    if (outcome === 'duplicate') throw new Problem('order-exists', 'Order ID already exists');
    // An order id has only characters that may stand in a path as they are.
    res.status(201).location(`/order/${order_id}`);
    res.json({ message: 'Order placed successfully', order_id });
  });

  routes.get('/order/:order_id', async (req, res: Response<OrderAnswer>) => {
    const { order_id } = req.params;
    res.locals.orderId = order_id;
    const order = await readWhenEnded(order_id, requestedWaitMs(req, res), res);
    if (!order) throw new Problem('order-not-found', 'Order not found');
    res.json(orderAnswer(order));
  });

  return routes;
}

/** The items as one string, without the spaces around them. */
export function joinItems(items: string | string[]): string {
  const list = typeof items === 'string' ? items.split(',') : items;
  return list.map((item) => item.trim()).join(',');
}
