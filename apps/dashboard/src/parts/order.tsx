import { Fragment } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { OrderEvent } from '../feed/frames.ts';
import { asAge, asCount, asMoney } from '../format.ts';
import { createRefresh } from '../refresh.ts';
import { everything, filterLink } from '../route.ts';
import { answered } from '../service.ts';
import type { Order } from '../standing.ts';
import { useNow, useShop } from './context.ts';
import { OrderActions } from './order-actions.tsx';
import { Badge, Card, Moment, Trouble } from './small.tsx';
import { Timeline } from './timeline.tsx';

interface Read {
  readonly order?: Order;
  readonly events?: readonly OrderEvent[];
  readonly trouble?: string;
}

/** One order: what it is, how it stands, everything that happened to it, and what can be done. */
export function OrderView({ orderId }: { orderId: string }) {
  const { live, service } = useShop();
  const [{ order, events, trouble }, setRead] = useState<Read>({});
  useEffect(() => {
    let over = false;
    const params = { path: { order_id: orderId } };
    let queues = true;
    const refresh = createRefresh(async () => {
      try {
        const [order, history] = await Promise.all([
          answered(service.client.GET('/order/{order_id}', { params })),
          answered(service.client.GET('/order/{order_id}/events', { params })),
        ]);
        queues = order.status === 'Pending';
        if (!over) setRead({ order, events: history?.events ?? [] });
      } catch (error) {
        if (!over) setRead((known) => ({ ...known, trouble: (error as Error).message }));
        throw error;
      }
    });
    refresh.now();
    const stopEvents = live.onEvents((all) => {
      // Its place in the queue changes with what happens to others.
      if (queues || all.some(({ order_id }) => order_id === orderId)) refresh.now();
    });
    const stopChanges = live.onChange((missed) => {
      if (queues || missed) refresh.now();
    });
    const connection = live.connection.subscribe(() => {
      if (live.connection.get().kind === 'live') refresh.now();
    });
    return () => {
      over = true;
      refresh.stop();
      stopEvents();
      stopChanges();
      connection();
    };
  }, [orderId, live, service]);

  return (
    <article class="order">
      <p>
        <a href={filterLink(everything)}>← All orders</a>
      </p>
      <header class="order-head">
        <h1>
          Order <span class="id">{orderId}</span>
        </h1>
        {order && <Badge status={order.status} />}
        {order && <OrderActions order={order} />}
      </header>
      <Trouble text={trouble} />
      {order && <Standing order={order} />}
      {order && events && (
        <div class="columns">
          <Card title="What happened">
            <Timeline events={events} />
          </Card>
          <Facts order={order} />
        </div>
      )}
    </article>
  );
}

/** What somebody who asks for this order wants to hear. */
function Standing({ order }: { order: Order }) {
  const now = useNow();
  const inSeconds = (iso: string) => (Date.parse(iso) - now) / 1000;
  const {
    status,
    queue_position: position,
    estimated_start_at: start,
    next_attempt_at: next,
  } = order;
  const sentences: string[] = [];
  if (status === 'Pending' && position === 1) sentences.push('It is the next to be started.');
  else if (status === 'Pending' && position) {
    const before = position === 2 ? 'One other is' : `${asCount(position - 1)} others are`;
    sentences.push(`${before} to be started before it.`);
  }
  if (status === 'Pending' && start && inSeconds(start) > 1) {
    sentences.push(`As it goes, its turn comes in about ${asAge(inSeconds(start))}.`);
  }
  if (status === 'Pending' && next) {
    const left = inSeconds(next);
    sentences.push(
      left > 0 ? `It is tried again in ${asAge(left)}.` : 'It is about to be tried again.',
    );
  }
  if (status === 'Processing' && order.started_at) {
    sentences.push(`A worker has been at it for ${asAge(-inSeconds(order.started_at))}.`);
  }
  if (status === 'Processing' && order.cancel_requested_at) {
    sentences.push('The worker has been asked to give it up.');
  }
  return (
    <>
      {sentences.length > 0 && <p class="standing">{sentences.join(' ')}</p>}
      {order.last_error && status !== 'Completed' && (
        <p class="error-callout">
          <strong>The last attempt failed:</strong> {order.last_error}
        </p>
      )}
    </>
  );
}

function Facts({ order }: { order: Order }) {
  const now = useNow();
  const items = order.item_ids.split(',');
  const moments: [string, string | null][] = [
    ['Placed', order.placed_at],
    ['Started', order.started_at],
    ['Ended', order.finished_at],
  ];
  return (
    <Card title="The order">
      <dl class="facts">
        <dt>User</dt>
        <dd>
          <a class="id" href={filterLink({ ...everything, userId: order.user_id })}>
            {order.user_id}
          </a>
        </dd>
        <dt>Total</dt>
        <dd>{asMoney(order.total_amount, order.currency)}</dd>
        {moments.map(([name, at]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{at ? <Moment at={at} now={now} /> : '–'}</dd>
          </Fragment>
        ))}
        <dt>Attempts</dt>
        <dd>{order.attempts}</dd>
        <dt>{items.length === 1 ? 'Item' : `${asCount(items.length)} items`}</dt>
        <dd>
          <ul class="items">
            {items.map((item, index) => (
              <li key={index}>{item}</li>
            ))}
          </ul>
        </dd>
      </dl>
    </Card>
  );
}
