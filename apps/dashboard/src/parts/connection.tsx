import { asAge } from '../format.ts';
import { useNow, useShop, useValue } from './context.ts';

/** Whether what is shown is what goes on. */
export function ConnectionState() {
  const { live } = useShop();
  const connection = useValue(live.connection);
  const words = {
    connecting: 'Connecting …',
    live: 'Live',
    lost: 'Connection lost',
    refused: 'No live updates',
  };
  return (
    <p class={`connection ${connection.kind}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words[connection.kind]}
    </p>
  );
}

/** Says that the figures are old ones, as long as they are. */
export function ConnectionNotice() {
  const { live } = useShop();
  const connection = useValue(live.connection);
  useNow();
  if (connection.kind === 'refused') {
    return (
      <div class="notice">
        <p>
          The service does not let this page follow what happens (HTTP {connection.status}). What
          you see is as it was when you came.
        </p>
      </div>
    );
  }
  if (connection.kind !== 'lost') return null;
  const inSeconds = (connection.againAt - Date.now()) / 1000;
  return (
    <div class="notice">
      <p>
        <strong>The connection to the service is gone.</strong> What you see may be out of date.
        Connecting again {inSeconds >= 1 ? `in ${asAge(inSeconds)}` : 'now'}; then it goes on where
        it stopped.
      </p>
      <button type="button" onClick={live.tryNow}>
        Try now
      </button>
    </div>
  );
}
