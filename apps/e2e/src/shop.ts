import { Agent, request } from 'node:http';

/** A body for POST /order/. */
export interface OrderBody {
  order_id: string;
  user_id: string;
  item_ids: string;
  total_amount: number;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/**
 * A shop with so many connections, which are kept alive. `node:http`: fetch is half as fast.
 *
 * @param patienceMs - how long it waits for an answer
 */
export function openShop(baseUrl: string, connections: number, patienceMs?: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });

  function send(method: string, path: string, body?: object): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = body ? { 'Content-Type': 'application/json' } : {};
      const sent = request(`${baseUrl}${path}`, { method, agent, headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) }));
        answer.on('error', reject);
      });
      sent.on('error', reject);
      if (patienceMs) sent.setTimeout(patienceMs, () => sent.destroy(new Error('no answer')));
      sent.end(body && JSON.stringify(body));
    });
  }

  return {
    place: (order: OrderBody) => send('POST', '/order/', order),
    get: (orderId: string) => send('GET', `/order/${encodeURIComponent(orderId)}`),
    cancel: (orderId: string) => send('POST', `/order/${encodeURIComponent(orderId)}/cancel`),
    metrics: async () => (await send('GET', '/metrics/')).body as Record<string, number>,
    close: () => agent.destroy(),
    /**
     * Places orders over all connections at once, in their order as far as the connections go.
     *
     * @param onAccepted - told of each 201 when it comes
     * @returns how often each status was answered; 0 for orders that got no answer
     */
    async placeAll(
      orders: readonly OrderBody[],
      onAccepted: (order: OrderBody) => void = () => {},
    ): Promise<Record<number, number>> {
      const statuses: Record<number, number> = {};
      const left = orders[Symbol.iterator]();
      const client = async () => {
        for (const order of left) {
          const { status } = await send('POST', '/order/', order).catch(() => ({ status: 0 }));
          if (status === 201) onAccepted(order);
          statuses[status] = (statuses[status] ?? 0) + 1;
        }
      };
      await Promise.all(Array.from({ length: connections }, client));
      return statuses;
    },
  };
}

export function orderBody(orderId: string, changes: Partial<OrderBody> = {}): OrderBody {
  return {
    ...{ order_id: orderId, user_id: 'user_1', item_ids: 'item_1,item_2', total_amount: 99.99 },
    ...changes,
  };
}

export function orderBodies(prefix: string, count: number): OrderBody[] {
  return Array.from({ length: count }, (_, i) => orderBody(`${prefix}${i}`));
}
