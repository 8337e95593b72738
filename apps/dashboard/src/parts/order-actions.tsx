import { useState } from 'preact/hooks';
import { answered } from '../service.ts';
import type { Order } from '../standing.ts';
import { useShop } from './context.ts';
import { Question } from './dialog.tsx';

/** What can be asked of an order as it stands: cancel it, or try it again. */
export function OrderActions({ order }: { order: Order }) {
  const { service, say } = useShop();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const { order_id, status } = order;
  const params = { path: { order_id } };

  async function ask(call: Promise<Order>, words: (order: Order) => string): Promise<void> {
    setAsking(false);
    setBusy(true);
    // The page itself changes by the events that follow.
    say(await call.then(words, (error: Error) => error.message));
    setBusy(false);
  }

  const retry = () =>
    ask(
      answered(service.client.POST('/order/{order_id}/retry', { params })),
      () => `Order ${order_id} will be tried again.`,
    );
  const cancel = (reason: string) =>
    ask(
      answered(
        service.client.POST('/order/{order_id}/cancel', {
          params,
          body: reason ? { reason } : {},
        }),
      ),
      (answer) =>
        answer.status === 'Cancelled'
          ? `Order ${order_id} is cancelled.`
          : `The worker is asked to give up order ${order_id}.`,
    );

  return (
    <div class="row actions">
      {(status === 'Failed' || status === 'Cancelled') && (
        <button type="button" class="primary" disabled={busy} onClick={() => void retry()}>
          Retry
        </button>
      )}
      {(status === 'Pending' || status === 'Processing') && (
        <button
          type="button"
          class="danger"
          disabled={busy || order.cancel_requested_at !== null}
          onClick={() => setAsking(true)}
        >
          Cancel
        </button>
      )}
      {asking && (
        <Question title={`Cancel order ${order_id}?`} onNo={() => setAsking(false)}>
          <form
            method="dialog"
            onSubmit={(event) => {
              event.preventDefault();
              const reason = new FormData(event.currentTarget).get('reason');
              void cancel(String(reason ?? '').trim());
            }}
          >
            {status === 'Processing' && (
              <p>A worker is at it. It is asked to give up, and may be done before it does.</p>
            )}
            <label>
              Why, if you like: it is kept in the order's history
              <input name="reason" maxLength={500} autocomplete="off" />
            </label>
            <div class="row end">
              <button type="button" onClick={() => setAsking(false)}>
                No
              </button>
              <button type="submit" class="danger">
                Cancel the order
              </button>
            </div>
          </form>
        </Question>
      )}
    </div>
  );
}
