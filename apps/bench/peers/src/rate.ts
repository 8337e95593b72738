/** An order as the service gets it; no peer looks inside. */
export const content = (number: number) => ({
  order_id: `order-${number}`,
  user_id: `user_${number % 99_991}`,
  item_ids: `item_${number % 1000},item_${number % 777}`,
  total_amount: (100 + (number % 100_000)) / 100,
});

/** Counts what is processed, and measures from the end of the first fifth, which warms up. */
export function meter(orders: number) {
  const seen = new Set<string>();
  let begin = 0;
  let processed = 0;
  const all = Promise.withResolvers<void>();
  return {
    /** Resolves when each order was processed. */
    all: all.promise,
    process(order: { order_id: string }): void {
      processed += 1;
      seen.add(order.order_id);
      if (processed === Math.floor(orders / 5)) begin = performance.now();
      if (processed === orders) all.resolve();
    },
    /** Called when the last completion is known to the peer. */
    report(left: number): void {
      const ms = performance.now() - begin;
      if (left !== 0 || processed !== orders || seen.size !== orders) {
        throw new Error(`${left} left, ${processed} processed, ${seen.size} of ${orders} orders`);
      }
      const counted = orders - Math.floor(orders / 5);
      process.stdout.write(`\n${JSON.stringify({ perSecond: (counted * 1000) / ms })}\n`);
    },
  };
}
