import type { createLog } from '@orders/runtime';

export type Log = ReturnType<typeof createLog>;
