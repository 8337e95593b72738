export { type PlacementTogether, placeAllOrNone } from './all-or-none.ts';
export { backUpDatabase } from './backup.ts';
export { type Cancellation, cancelOrder, findCancelRequests } from './cancel.ts';
export { checkDatabase, type Fault } from './check.ts';
export { anyClaimable, type Claim, type ClaimRequest, findClaims } from './claim.ts';
export type { Copied } from './copy/compare.ts';
export { type CopyOptions, copyOrders } from './copy/copy.ts';
export {
  checkWritable,
  closeDatabase,
  type Database,
  openDatabase,
  watchAllCommits,
} from './database.ts';
export { BeyondFeed, DatabaseUnavailable, DatabaseUnusable } from './errors.ts';
export {
  type EventPage,
  endOfEvents,
  type FeedEvent,
  hasEnded,
  readEvents,
  readEventsOfOrder,
} from './events.ts';
export { findOrders, type ListPlace, type OrderFilter } from './find.ts';
export { type OrderEvent, readHistory } from './history.ts';
export type { IdempotencyKey } from './keys.ts';
export {
  countPending,
  type Durations,
  type Figures,
  type Metrics,
  readFigures,
  readMetrics,
} from './metrics.ts';
export type { NewOrder } from './new-order.ts';
export { findOrder, type Order } from './orders.ts';
export { findRefusal, type Placement, placeOrders } from './place.ts';
export { createPlacer, type Placer, startPlacer } from './placer.ts';
export { countPrunable, type Pruned, type PrunePlace, pruneOrders } from './prune.ts';
export { type BusyWorker, type OrderInHand, type Queue, readQueue } from './queue.ts';
export { findOrderAndPlace, type QueuePlace } from './queue-place.ts';
export { diedInHand, failedAttempt, maxBackoffMs, type RetryPolicy } from './retry.ts';
export { type RetryByRequest, retryOrder } from './retry-order.ts';
export { settleAndClaim } from './round.ts';
export type { OrderStatus, TransitionType } from './schema.ts';
export type { Outcome, Settled } from './settle.ts';
export { createSweeper, type Swept } from './sweep.ts';
export type { WakeUp } from './wake-up.ts';
export { leave, register, renewLease } from './workers.ts';
