import { type components, type OrderAnswer, orderAnswer } from '@orders/contract';
import { cancelOrder, type Database, retryOrder } from '@orders/db';
import { type Request, type Response, Router } from 'express';
import { onlyOf } from './auth/caller.ts';
import { Problem, type ProblemCode } from './problems.ts';

type Params = { order_id: string };
type CancelRequest = Request<Params, OrderAnswer, components['schemas']['Cancellation']>;
type RetryRequest = Request<Params, OrderAnswer>;

/** What may be asked of an order once it is placed. */
export function orderChangeRoutes(database: Database): Router {
  const routes = Router();

  const cancelPath = '/order/:order_id/cancel';
  routes.post(cancelPath, async (req: CancelRequest, res: Response<OrderAnswer>) => {
    const { order_id } = req.params;
    res.locals.orderId = order_id;
    const reason = req.body.reason ?? null;
    const cancellation = await cancelOrder(database, order_id, reason, onlyOf(res));
    if (cancellation.outcome === 'unknown') throw unknown();
    const answer = orderAnswer(cancellation.order);
    if (cancellation.outcome === 'ended') throw notAsItStands('order-not-cancellable', answer);
    res.status(cancellation.outcome === 'requested' ? 202 : 200).json(answer);
  });

  const retryPath = '/order/:order_id/retry';
  routes.post(retryPath, async (req: RetryRequest, res: Response<OrderAnswer>) => {
    const { order_id } = req.params;
    res.locals.orderId = order_id;
    const retry = await retryOrder(database, order_id, onlyOf(res));
    if (retry.outcome === 'unknown') throw unknown();
    const answer = orderAnswer(retry.order);
    if (retry.outcome === 'refused') throw notAsItStands('order-not-retryable', answer);
    res.json(answer);
  });

  return routes;
}

function unknown(): Problem {
  return new Problem('order-not-found', 'Order not found');
}

function notAsItStands(code: ProblemCode, { status }: OrderAnswer): Problem {
  return new Problem(code, `The order is ${status}`, { currentStatus: status });
}
