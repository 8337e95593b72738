import type { components } from '@orders/contract';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { asCount, asMoney } from '../format.ts';
import { createRefresh } from '../refresh.ts';
import { type Filter, filterLink } from '../route.ts';
import { answered, Refused, type Service } from '../service.ts';
import { afterEvents, type Order } from '../standing.ts';
import { useNow, useShop } from './context.ts';
import { FilterForm } from './filter.tsx';
import { RetryAll } from './retry-all.tsx';
import { Badge, Card, Moment, OrderLink, Trouble } from './small.tsx';

type OrderPage = components['schemas']['OrderPage'];

const rowsToAPage = 20;

interface Rows {
  readonly orders: readonly Order[];
  readonly next?: string | undefined;
  readonly trouble?: string | undefined;
}

interface Turned {
  readonly filter: Filter;
  /** Where each of the pages before the one that is shown ended. */
  readonly cursors: readonly string[];
}

const firstPage: readonly string[] = [];

/** The orders that the filter lets through, newest first, as they change. */
export function Orders({ filter }: { filter: Filter }) {
  const { live, service } = useShop();
  const [rows, setRows] = useState<Rows>();
  const [turned, setTurned] = useState<Turned>({ filter, cursors: firstPage });
  // A page of another filter is no page of this one.
  const cursors = turned.filter === filter ? turned.cursors : firstPage;
  const [paused, setPaused] = useState(false);
  const [touched, setTouched] = useState(false);
  const [placed, setPlaced] = useState(0);
  // Rows do not run away from under a pointer or from the keyboard.
  const held = paused || touched;
  const holding = useRef(held);
  holding.current = held;
  const reload = useRef(() => {});

  // Before the first picture, not after: the request need not wait until the chart is drawn.
  useLayoutEffect(() => {
    let over = false;
    const refresh = createRefresh(async () => {
      try {
        const page = await readPage(service, filter, cursors.at(-1));
        if (!over) setRows({ orders: page.data, next: page.next_cursor ?? undefined });
        if (!over) setPlaced(0);
      } catch (error) {
        if (!over)
          setRows((known) => ({ orders: [], ...known, trouble: (error as Error).message }));
        throw error;
      }
    });
    reload.current = refresh.now;
    refresh.now();
    const stopChanges = live.onChange(() => {
      if (!holding.current) refresh.now();
    });
    const stopEvents = live.onEvents((events) => {
      if (holding.current) {
        setPlaced((known) => known + events.filter(({ type }) => type === 'order.placed').length);
      }
      setRows((known) => {
        const orders = afterEvents(known?.orders ?? [], events);
        return known && orders !== known.orders ? { ...known, orders } : known;
      });
    });
    return () => {
      over = true;
      refresh.stop();
      stopChanges();
      stopEvents();
    };
  }, [filter, cursors, live, service]);
  useEffect(() => {
    if (!held) reload.current();
  }, [held]);

  const turn = (cursors: readonly string[]) => {
    setTouched(false);
    setTurned({ filter, cursors });
  };
  return (
    <Card
      title="Orders"
      class="orders"
      aside={
        <div class="row">
          {held && placed > 0 && <span class="dim">{asCount(placed)} placed meanwhile</span>}
          <button type="button" aria-pressed={paused} onClick={() => setPaused(!paused)}>
            {paused ? 'Go on' : 'Pause'}
          </button>
        </div>
      }
    >
      <FilterForm filter={filter} />
      {filter.status === 'Failed' && <RetryAll />}
      <Trouble text={rows?.trouble} />
      <div
        onPointerEnter={(event) => event.pointerType === 'mouse' && setTouched(true)}
        onPointerLeave={() => setTouched(false)}
        onFocusCapture={() => setTouched(true)}
        onBlurCapture={() => setTouched(false)}
      >
        <Table orders={rows?.orders ?? []} />
      </div>
      {rows?.orders.length === 0 && !rows.trouble && (
        <p class="empty">
          {filterLink(filter) === '#/' ? 'No order has been placed yet.' : 'No order fits.'}
        </p>
      )}
      {(cursors.length > 0 || rows?.next) && (
        <nav class="pages" aria-label="Pages of orders">
          <button
            type="button"
            disabled={cursors.length === 0}
            onClick={() => turn(cursors.slice(0, -1))}
          >
            ← Newer
          </button>
          <span class="dim">Page {asCount(cursors.length + 1)}</span>
          <button
            type="button"
            disabled={!rows?.next}
            onClick={() => rows?.next && turn([...cursors, rows.next])}
          >
            Older →
          </button>
        </nav>
      )}
    </Card>
  );
}

function Table({ orders }: { orders: readonly Order[] }) {
  const now = useNow();
  if (orders.length === 0) return null;
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Status</th>
          <th scope="col">User</th>
          <th scope="col" class="number">
            Items
          </th>
          <th scope="col" class="number">
            Total
          </th>
          <th scope="col">Placed</th>
          <th scope="col">Ended</th>
          <th scope="col" class="number">
            Attempts
          </th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={order.order_id}>
            <th scope="row">
              <OrderLink orderId={order.order_id} />
            </th>
            <td data-name="Status">
              <Badge status={order.status} note={noteOf(order)} />
            </td>
            <td data-name="User">
              <span class="id">{order.user_id}</span>
            </td>
            <td data-name="Items" class="number">
              {asCount(order.item_ids.split(',').length)}
            </td>
            <td data-name="Total" class="number">
              {asMoney(order.total_amount, order.currency)}
            </td>
            <td data-name="Placed">
              <Moment at={order.placed_at} now={now} />
            </td>
            <td data-name="Ended">
              {order.finished_at ? <Moment at={order.finished_at} now={now} /> : '–'}
            </td>
            <td data-name="Attempts" class="number">
              {order.attempts}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function noteOf({ status, next_attempt_at, cancel_requested_at }: Order): string | undefined {
  if (status === 'Pending' && next_attempt_at) return 'tries again';
  if (status === 'Processing' && cancel_requested_at) return 'cancelling';
  return undefined;
}

/** With an id there is one order at the most, which the other filters must let through too. */
async function readPage(
  { client }: Service,
  { status, userId, orderId }: Filter,
  cursor: string | undefined,
): Promise<OrderPage> {
  if (orderId) {
    const call = client.GET('/order/{order_id}', { params: { path: { order_id: orderId } } });
    const { response } = await call.catch(() => {
      throw new Refused('The service does not answer.');
    });
    if (response.status === 404) return { data: [], has_more: false, next_cursor: null };
    const order = await answered(call);
    const fits = (!status || order.status === status) && (!userId || order.user_id === userId);
    return { data: fits ? [order] : [], has_more: false, next_cursor: null };
  }
  const query = {
    limit: rowsToAPage,
    ...(status && { status }),
    ...(userId && { user_id: userId }),
    ...(cursor && { cursor }),
  };
  return answered(client.GET('/order/', { params: { query } }));
}
