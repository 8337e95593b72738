import { asAge, asCount, asOrders } from '../format.ts';
import type { Metrics, Queue } from '../live.ts';
import { everything, filterLink, type Status, statuses } from '../route.ts';
import { useNow, useShop, useValue } from './context.ts';
import { OrderLink, Trouble } from './small.tsx';

/** How the whole is doing, in a sentence and in five numbers. */
export function Overview({ shown }: { shown: Status | '' }) {
  const { live } = useShop();
  const metrics = useValue(live.metrics);
  const queue = useValue(live.queue);
  return (
    <section class="overview" aria-label="How the whole is doing">
      <Headline metrics={metrics.read} queue={queue.read} />
      <Trouble text={metrics.trouble} />
      <ul class="tiles">
        {statuses.map((status) => (
          <li key={status}>
            <a
              class={`tile ${status.toLowerCase()}`}
              href={filterLink({ ...everything, status: shown === status ? '' : status })}
              aria-current={shown === status ? 'true' : undefined}
            >
              <span class="tile-name">{status}</span>
              <span class="tile-count">
                {metrics.read ? asCount(countOf(metrics.read, status)) : '–'}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Headline({ metrics, queue }: { metrics: Metrics | undefined; queue: Queue | undefined }) {
  const now = useNow();
  if (!metrics) return <p class="headline">&nbsp;</p>;
  const { pending_orders: waiting, active_workers: workers } = metrics;
  const wait = `${asOrders(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`;
  if (workers === 0) {
    return <p class="headline bad">No worker is running{waiting > 0 ? `: ${wait}` : ''}.</p>;
  }
  if (waiting === 0) return <p class="headline">No order waits.</p>;
  if (!queue) return <p class="headline">{wait}.</p>;
  const oldest = queue.oldest_pending;
  if (!oldest) return <p class="headline">{wait} for the next attempt.</p>;
  return (
    <p class="headline">
      {wait}. Next is <OrderLink orderId={oldest.order_id} />, placed{' '}
      {asAge((now - Date.parse(oldest.placed_at)) / 1000)} ago.
    </p>
  );
}

function countOf(metrics: Metrics, status: Status): number {
  return metrics[`${status.toLowerCase() as Lowercase<Status>}_orders`];
}
