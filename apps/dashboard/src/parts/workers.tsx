import { asAge, asCount, asDuration } from '../format.ts';
import type { Metrics, Queue } from '../live.ts';
import { useNow, useShop, useValue } from './context.ts';
import { Card, Moment, OrderLink, Trouble } from './small.tsx';

/** Workers that the service tells of at the most. */
const mostTold = 100;

/** Who is alive, with what in hand and since when. */
export function Workers() {
  const { live } = useShop();
  const queue = useValue(live.queue);
  const workers = queue.read?.workers;
  return (
    <Card
      title="Workers"
      aside={
        workers && (
          <span class="dim">
            {asCount(workers.length)} {workers.length < mostTold ? 'alive' : 'or more alive'}
          </span>
        )
      }
    >
      <Trouble text={queue.trouble} />
      {workers?.length === 0 && (
        <p class="empty">Nobody is at work. Orders are accepted all the same, and wait.</p>
      )}
      <ul class="workers">
        {workers?.map((worker) => (
          <li key={worker.worker}>
            <Worker {...worker} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Worker({ worker, started_at, in_hand, orders }: Queue['workers'][number]) {
  const now = useNow();
  const more = in_hand - orders.length;
  return (
    <>
      <p class="worker">
        <span class="id">{worker}</span>
        <span class="dim">
          since <Moment at={started_at} now={now} />
        </span>
      </p>
      {orders.length === 0 ? (
        <p class="dim">Nothing in hand</p>
      ) : (
        <ul class="in-hand">
          {orders.map((order) => (
            <li key={order.order_id}>
              <OrderLink orderId={order.order_id} />
              <span class="dim">
                for {asAge((now - Date.parse(order.started_at)) / 1000)}
                {order.attempts > 1 && `, attempt ${order.attempts}`}
              </span>
            </li>
          ))}
          {more > 0 && <li class="dim">and {asCount(more)} more</li>}
        </ul>
      )}
    </>
  );
}

/** How long it takes, over all orders so far. */
export function Times() {
  const { live } = useShop();
  const metrics = useValue(live.metrics).read;
  const rows: [string, keyof Metrics, keyof Metrics][] = [
    ['Average', 'avg_wait_time_sec', 'avg_processing_time_sec'],
    ['Half of them, at most', 'p50_wait_time_sec', 'p50_processing_time_sec'],
    ['95 %, at most', 'p95_wait_time_sec', 'p95_processing_time_sec'],
    ['99 %, at most', 'p99_wait_time_sec', 'p99_processing_time_sec'],
  ];
  const shown = (name: keyof Metrics, is: Known) =>
    metrics && is(metrics) ? asDuration(metrics[name] ?? 0) : '–';
  return (
    <Card title="How long orders take" aside={<span class="dim">all so far</span>}>
      <table class="times">
        <thead>
          <tr>
            <td />
            <th scope="col">Waiting</th>
            <th scope="col">Processing</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, waiting, processing]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{shown(waiting, wereStarted)}</td>
              <td>{shown(processing, wereCompleted)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

type Known = (metrics: Metrics) => boolean;

// Where there are none the service says 0. Orders that were deleted are in the averages only.
const wereStarted: Known = ({ avg_wait_time_sec: average, ...counts }) =>
  average > 0 || counts.processing_orders + counts.completed_orders + counts.failed_orders > 0;
const wereCompleted: Known = ({ avg_processing_time_sec: average, completed_orders: completed }) =>
  average > 0 || completed > 0;
