import { useRef, useState } from 'preact/hooks';
import { asCount, asOrders } from '../format.ts';
import { type RetryProgress, retryAllFailed } from '../retry-all.ts';
import { useShop, useValue } from './context.ts';
import { Question } from './dialog.tsx';

type State =
  | { readonly at: 'rest' }
  | { readonly at: 'question' }
  | { readonly at: 'work'; readonly stop: AbortController; readonly progress: RetryProgress };

/**
 * Has all that failed tried again, after a question. Goes on while something else is looked at, and
 * says how it ended.
 */
export function RetryAll() {
  const { live, service, say } = useShop();
  const failed = useValue(live.metrics).read?.failed_orders ?? 0;
  const [state, setState] = useState<State>({ at: 'rest' });
  const asked = useRef(0);

  async function retry(): Promise<void> {
    const stop = new AbortController();
    const show = (progress: RetryProgress) => setState({ at: 'work', stop, progress });
    show({ retried: 0, passed: 0 });
    try {
      const { retried } = await retryAllFailed(service.client, stop.signal, show);
      say(`${asOrders(retried)} will be tried again.`);
    } catch (error) {
      say(`Not all could be tried again: ${(error as Error).message}`);
    }
    setState({ at: 'rest' });
  }

  if (state.at === 'work') {
    const { retried, passed } = state.progress;
    return (
      <div class="retry-all">
        <progress max={asked.current} value={retried + passed} aria-label="Orders tried again" />
        <span>
          {asCount(retried)} of {asCount(asked.current)}
        </span>
        <button type="button" onClick={() => state.stop.abort()}>
          Stop
        </button>
      </div>
    );
  }
  return (
    <div class="retry-all">
      <button type="button" disabled={failed === 0} onClick={() => setState({ at: 'question' })}>
        Retry all failed orders …
      </button>
      {state.at === 'question' && (
        <Question title={`Retry ${asOrders(failed)}?`} onNo={() => setState({ at: 'rest' })}>
          <p>
            Every order that is Failed becomes Pending again, with a fresh set of attempts, and
            keeps the place in the queue that it had. Whatever made them fail should be mended
            first.
          </p>
          <div class="row end">
            <button type="button" onClick={() => setState({ at: 'rest' })}>
              No
            </button>
            <button
              type="button"
              class="primary"
              onClick={() => {
                asked.current = failed;
                void retry();
              }}
            >
              Retry {asOrders(failed)}
            </button>
          </div>
        </Question>
      )}
    </div>
  );
}
