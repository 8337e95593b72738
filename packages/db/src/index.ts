export { anyClaimable, type Claim, type ClaimRequest, findClaims } from './claim.ts';
export {
  checkWritable,
  closeDatabase,
  type Database,
  openDatabase,
  watchAllCommits,
} from './database.ts';
export { DatabaseUnavailable, DatabaseUnusable } from './errors.ts';
export {
  type EventPage,
  endOfEvents,
  type FeedEvent,
  hasEnded,
  readEvents,
  readEventsOfOrder,
} from './events.ts';
export { type OrderEvent, readHistory } from './history.ts';
export { type Metrics, readMetrics } from './metrics.ts';
export { findOrder, type Order } from './orders.ts';
export { type NewOrder, type Placement, placeOrders } from './place.ts';
export { createPlacer, type Placer } from './placer.ts';
export { diedInHand, failedAttempt, type RetryPolicy } from './retry.ts';
export { settleAndClaim } from './round.ts';
export type { OrderStatus, TransitionType } from './schema.ts';
export type { Outcome } from './settle.ts';
export { type Swept, sweep } from './sweep.ts';
export type { WakeUp } from './wake-up.ts';
export { leave, register, renewLease } from './workers.ts';
