import { type components, type operations, orderAnswer, type StoredOrder } from '@orders/contract';
import { type Database, findOrders, type OrderFilter } from '@orders/db';
import { type Request, type Response, Router } from 'express';
import { onlyOf } from './auth/caller.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { Problem } from './problems.ts';

type Page = components['schemas']['OrderPage'];
type Query = NonNullable<operations['findOrders']['parameters']['query']>;
/** The validator fills in the defaults. */
type FindRequest = Request<object, Page, unknown, Query & { limit: number }>;

export function findRoutes(database: Database): Router {
  const routes = Router();

  routes.get('/order/', async (req: FindRequest, res: Response<Page>) => {
    const { limit, cursor, ...asked } = req.query;
    const only = onlyOf(res);
    const filter = { ...filterOf(asked), userId: asked.user_id ?? only };
    const after = cursor === undefined ? undefined : readCursor(cursor, filter);
    const mayFind = only === undefined || filter.userId === only;
    const { orders, next } = mayFind
      ? await findOrders(database, filter, limit, after)
      : nothingFound;
    const next_cursor = next && writeCursor(next, filter);
    if (next_cursor) res.set('Link', linkToNext({ ...asked, limit, cursor: next_cursor }));
    res.json({
      data: orders.map((order) => orderAnswer(order)),
      has_more: next !== null,
      next_cursor,
    });
  });

  return routes;
}

const nothingFound = { orders: [], next: null };

function filterOf(query: Query): Omit<OrderFilter, 'userId'> {
  return {
    status: query.status?.toUpperCase() as StoredOrder['status'] | undefined,
    placedFrom: momentOf('placed_from', query.placed_from),
    placedTo: momentOf('placed_to', query.placed_to),
  };
}

/** The validator lets pass leap seconds, which JavaScript does not know, and a 30th of February. */
function momentOf(parameter: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  const day = new Date(Date.parse(`${text.slice(0, 10)}T00:00Z`));
  if (!Number.isNaN(ms) && day.toISOString().startsWith(text.slice(0, 10))) return ms;
  const fault = { parameter, code: 'format', detail: 'must be a moment that exists' };
  throw new Problem('validation-error', `${parameter} ${fault.detail}`, { errors: [fault] });
}

function linkToNext(query: Record<string, string | number>): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) text.set(name, `${value}`);
  return `</order/?${text}>; rel="next"`;
}
