import type { OrderEvent } from '../feed/frames.ts';
import { asDuration } from '../format.ts';
import { useNow } from './context.ts';
import { Moment } from './small.tsx';

const words: { readonly [type in OrderEvent['type']]: string } = {
  'order.placed': 'Placed',
  'order.started': 'Started',
  'order.completed': 'Completed',
  'order.failed': 'Failed for good',
  'order.attempt_failed': 'Attempt failed, will be made again',
  'order.released': 'Handed back by a worker that stopped',
  'order.interrupted': 'Interrupted: the worker died',
  'order.cancel_requested': 'Cancelling asked for',
  'order.cancelled': 'Cancelled',
  'order.retried': 'To be tried again, by request',
};

/** Everything that happened to an order, oldest first, with the time in between. */
export function Timeline({ events }: { events: readonly OrderEvent[] }) {
  const now = useNow();
  return (
    <ol class="timeline">
      {events.map((event, index) => {
        const before = events[index - 1];
        const passed = before && (Date.parse(event.at) - Date.parse(before.at)) / 1000;
        return (
          <li key={event.id} class={event.type.slice('order.'.length)}>
            <p class="what">{words[event.type]}</p>
            <p class="dim">
              <Moment at={event.at} now={now} />
              {passed !== undefined && `, after ${asDuration(passed)}`}
              {event.type === 'order.started' && event.worker && (
                <>
                  , by <span class="id">{event.worker}</span>
                </>
              )}
            </p>
            {event.detail && <p class="detail">{event.detail}</p>}
          </li>
        );
      })}
    </ol>
  );
}
