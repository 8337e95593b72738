/** A processor that notes when it was called for which order, in milliseconds with fractions. */
import { appendFileSync } from 'node:fs';

export default async (order: { order_id: string }): Promise<void> => {
  const at = performance.timeOrigin + performance.now();
  appendFileSync(process.env.STARTS_FILE as string, `${order.order_id} ${at}\n`);
};
