import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { startLive } from '../live.ts';
import { readRoute } from '../route.ts';
import type { Service } from '../service.ts';
import { Activity } from './chart.tsx';
import { ConnectionNotice, ConnectionState } from './connection.tsx';
import { ShopContext, useValue } from './context.ts';
import { OrderView } from './order.tsx';
import { Orders } from './orders.tsx';
import { Overview } from './overview.tsx';
import { TokenForm } from './token-form.tsx';
import { Times, Workers } from './workers.tsx';

const saidForMs = 6000;

export function Page({ service }: { service: Service }) {
  const need = useValue(service.tokenNeed);
  const token = useValue(service.token);
  const giveToken = (given: string) => {
    service.token.set(given);
    service.tokenNeed.set('none');
  };
  if (need !== 'none') {
    return (
      <main class="page">
        <TokenForm need={need} onToken={giveToken} />
      </main>
    );
  }
  // Begun anew with another token: nothing that the one before could see stays on the page.
  return <Inside key={token ?? ''} service={service} />;
}

function Inside({ service }: { service: Service }) {
  const live = useMemo(() => startLive(service), [service]);
  useEffect(() => live.stop, [live]);
  const [said, say] = useState('');
  useEffect(() => {
    const timer = setTimeout(say, saidForMs, '');
    return () => clearTimeout(timer);
  }, [said]);
  const main = useRef<HTMLElement>(null);
  const route = useRoute(() => main.current?.focus({ preventScroll: true }));
  const shop = useMemo(() => ({ service, live, say }), [service, live]);
  const hasToken = useValue(service.token) !== undefined;

  return (
    <ShopContext.Provider value={shop}>
      <header class="top">
        <a class="brand" href="#/">
          Orders
        </a>
        <ConnectionState />
        <a class="quiet" href="/docs">
          API
        </a>
        {hasToken && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              service.token.set(undefined);
              service.tokenNeed.set('wanted');
            }}
          >
            Forget token
          </button>
        )}
      </header>
      <main class="page" ref={main} tabIndex={-1}>
        <ConnectionNotice />
        {route.view === 'order' ? (
          <OrderView key={route.orderId} orderId={route.orderId} />
        ) : (
          <>
            <h1 class="unseen">Orders</h1>
            <Overview shown={route.filter.status} />
            <div class="columns">
              <Activity />
              <div class="side">
                <Workers />
                <Times />
              </div>
            </div>
            <Orders filter={route.filter} />
          </>
        )}
      </main>
      <p class={said ? 'said' : 'said empty'} role="status">
        {said}
      </p>
    </ShopContext.Provider>
  );
}

/**
 * Where the address leads, followed as it changes.
 *
 * @param onTurn - called when another view is shown, whose reading begins at its top
 */
function useRoute(onTurn: () => void) {
  const [hash, setHash] = useState(location.hash);
  const first = useRef(true);
  const route = useMemo(() => readRoute(hash), [hash]);
  useEffect(() => {
    const update = () => setHash(location.hash);
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  const title = route.view === 'order' ? `Order ${route.orderId}` : 'Orders';
  useEffect(() => {
    document.title = title;
    if (!first.current) onTurn();
    if (!first.current && route.view === 'order') scrollTo(0, 0);
    first.current = false;
  }, [title]);
  return route;
}
