import type { OrderStatus, TransitionType } from '@orders/db';

/** A row of the history of all orders. */
export interface Happening {
  readonly id: number;
  readonly seq: number;
  readonly type: TransitionType;
  readonly attempt: number;
  readonly worker: string | null;
}

/** How an order stands by its history. */
export interface Standing {
  status: OrderStatus;
  attempt: number;
  worker: string | null;
  /** The worker of each claim. */
  readonly holders: (string | null)[];
  completions: number;
}

/** What each thing that happens to an order needs it to be, and makes of it. */
const rules: Record<TransitionType, { from: (OrderStatus | null)[]; to: OrderStatus }> = {
  placed: { from: [null], to: 'PENDING' },
  started: { from: ['PENDING'], to: 'PROCESSING' },
  completed: { from: ['PROCESSING'], to: 'COMPLETED' },
  failed: { from: ['PROCESSING'], to: 'FAILED' },
  attempt_failed: { from: ['PROCESSING'], to: 'PENDING' },
  released: { from: ['PROCESSING'], to: 'PENDING' },
  interrupted: { from: ['PROCESSING'], to: 'PENDING' },
  cancel_requested: { from: ['PROCESSING'], to: 'PROCESSING' },
  cancelled: { from: ['PENDING', 'PROCESSING'], to: 'CANCELLED' },
  retried: { from: ['FAILED', 'CANCELLED'], to: 'PENDING' },
};

/**
 * Goes through the history of all orders, in its order, and says what cannot have happened: an
 * order begun while another claim on it held, ended by somebody who did not hold it, begun twice
 * under one number, or, where `inTurn`, begun while an older one was pending.
 */
export function createReplay(inTurn: boolean) {
  const orders = new Map<number, Standing>();
  const pending = oldestFirst();
  const faults: string[] = [];

  function happen(event: Happening): void {
    const { seq, type, attempt, worker } = event;
    const order = orders.get(seq);
    const rule = rules[type];
    if (!rule.from.includes(order?.status ?? null)) {
      faults.push(`${seq}: ${type} while it was ${order?.status ?? 'not placed'}`);
    }
    if (type === 'started') {
      if (attempt !== (order?.attempt ?? 0) + 1) faults.push(`${seq}: started as ${attempt}`);
      const oldest = pending.oldest();
      if (inTurn && oldest !== undefined && oldest < seq) {
        faults.push(`${seq}: started while ${oldest} was pending`);
      }
    } else if (order?.status === 'PROCESSING' && type !== 'cancel_requested') {
      if (worker !== order.worker || attempt !== order.attempt) {
        faults.push(`${seq}: ${type} by ${worker}, ${attempt}; ${order.worker} had it`);
      }
    }
    orders.set(seq, {
      status: rule.to,
      attempt: type === 'started' ? attempt : (order?.attempt ?? 0),
      worker: type === 'started' ? worker : (order?.worker ?? null),
      holders: [...(order?.holders ?? []), ...(type === 'started' ? [worker] : [])],
      completions: (order?.completions ?? 0) + (type === 'completed' ? 1 : 0),
    });
    // After a failed attempt it waits for its time, and nothing tells when that is over.
    if (rule.to === 'PENDING' && type !== 'attempt_failed') pending.add(seq);
    else pending.remove(seq);
  }

  return { happen, orders, faults };
}

/** A set of numbers of which the smallest is found at once: a binary heap, and what is gone from it. */
function oldestFirst() {
  const heap: number[] = [];
  const present = new Set<number>();

  function swap(a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as number, heap[a] as number];
  }
  function removeTop(): void {
    swap(0, heap.length - 1);
    heap.pop();
    for (let at = 0; ; ) {
      const children = [2 * at + 1, 2 * at + 2].filter((child) => child < heap.length);
      const least = children.reduce((a, b) => (value(b) < value(a) ? b : a), at);
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  }
  const value = (at: number) => heap[at] as number;

  return {
    add(number: number): void {
      if (present.has(number)) return;
      present.add(number);
      heap.push(number);
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (value(parent) <= value(at)) return;
        swap(at, parent);
        at = parent;
      }
    },
    remove: (number: number) => void present.delete(number),
    oldest(): number | undefined {
      while (heap.length > 0 && !present.has(value(0))) removeTop();
      return heap[0];
    },
  };
}
