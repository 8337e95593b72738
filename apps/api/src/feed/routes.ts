import { type components, eventAnswer, eventType } from '@orders/contract';
import { type Database, type EventPage, hasEnded, readEvents, readEventsOfOrder } from '@orders/db';
import { type Request, type Response, Router } from 'express';
import { onlyOf } from '../auth/caller.ts';
import { Problem } from '../problems.ts';
import { type FollowParts, followEvents } from './follow.ts';

type Schemas = components['schemas'];

/** What the validator makes of the query. */
interface FeedQuery {
  after?: number;
  type?: Schemas['EventType'][];
  limit: number;
}
type FeedRequest = Request<object, Schemas['EventPage'], never, FeedQuery>;

/** Events to a page for streams that begin in the past. */
const streamPage = 1000;

const none: EventPage = { events: [], readTo: 0 };

export interface EventParts extends FollowParts {
  database: Database;
}

export function eventRoutes({ database, ...following }: EventParts): Router {
  const routes = Router();

  routes.get('/order/:order_id/events', async (req, res: Response<Schemas['OrderHistory']>) => {
    const { order_id } = req.params;
    res.locals.orderId = order_id;
    const history = await readEventsOfOrder(database, order_id, 0, onlyOf(res));
    const last = history.events.at(-1);
    if (last === undefined) throw new Problem('order-not-found', 'Order not found');
    const after = beginOf(req) ?? 0;
    // Nothing is told behind a place that is none of this feed.
    if (after > history.readTo) await readEventsOfOrder(database, order_id, after);
    if (!wantsStream(req, res)) {
      const events = history.events.filter(({ id }) => id > after);
      res.json({ order_id, events: events.map(eventAnswer) });
    } else if (hasEnded(last.status) && after >= last.id) {
      res.status(204).end();
    } else {
      const readPage = (known: number) => readEventsOfOrder(database, order_id, known);
      await followEvents(res, following, { after, orderId: order_id, readPage });
    }
  });

  routes.get('/events', async (req: FeedRequest, res: Response<Schemas['EventPage']>) => {
    const types = req.query.type?.map(eventType);
    const after = beginOf(req);
    const userId = onlyOf(res);
    if (wantsStream(req, res)) {
      const readPage = (known: number) => readEvents(database, known, streamPage, types, userId);
      await followEvents(res, following, { after, types, userId, readPage });
    } else {
      const readPage = async () =>
        res.destroyed ? none : readEvents(database, after ?? 0, req.query.limit, types, userId);
      const isFiltered = types !== undefined || userId !== undefined;
      // Which may have to look at thousands of events to find none.
      const page = await (isFiltered ? following.hub.inTurn(readPage) : readPage());
      res.json({ events: page.events.map(eventAnswer), next_after: page.readTo });
    }
  });

  return routes;
}

/** The event behind which to begin. `Last-Event-ID` is newer than a query that is sent again. */
function beginOf(req: { headers: Request['headers']; query: object }): number | undefined {
  const { after } = req.query as FeedQuery;
  const lastEventId = req.headers['last-event-id'];
  return lastEventId === undefined ? after : Number(lastEventId);
}

function wantsStream(req: { accepts: Request['accepts'] }, res: Response): boolean {
  res.vary('Accept');
  return req.accepts(['application/json', 'text/event-stream']) === 'text/event-stream';
}
