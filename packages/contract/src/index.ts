export { createOrdersClient, type OrdersClient } from './client.ts';
export { type Contract, type ContractDocument, loadContract, type Operation } from './contract.ts';
export { type EventAnswer, eventAnswer, eventType, type StoredEvent } from './event.ts';
export { isBlank } from './lines.ts';
export { formats, fromMinor, minorUnitDigits, toMinor } from './money.ts';
export type { components, operations, paths } from './openapi.gen.ts';
export { isoTime, type OrderAnswer, orderAnswer, type StoredOrder } from './order.ts';
