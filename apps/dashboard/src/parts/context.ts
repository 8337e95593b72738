import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { Live } from '../live.ts';
import type { Service } from '../service.ts';
import type { Value } from '../value.ts';

/** What every part of the page may use. */
export interface Shop {
  readonly service: Service;
  readonly live: Live;
  /** Says something to whoever cannot see it happen, and shows it for a while to the others. */
  say(what: string): void;
}

export const ShopContext = createContext<Shop | undefined>(undefined);

export function useShop(): Shop {
  const shop = useContext(ShopContext);
  if (!shop) throw new Error('used outside of the shop');
  return shop;
}

/** A value as it is now, drawn again when it changes. */
export function useValue<T>(value: Value<T>): T {
  const [current, setCurrent] = useState(value.get);
  useEffect(() => {
    const update = () => setCurrent(() => value.get());
    // It may have changed between the drawing and now.
    update();
    return value.subscribe(update);
  }, [value]);
  return current;
}

/** The time of the service, drawn again each second while the page can be seen. */
export function useNow(): number {
  const { live } = useShop();
  const [now, setNow] = useState(live.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(live.now());
    }, 1000);
    return () => clearInterval(timer);
  }, [live]);
  return now;
}
