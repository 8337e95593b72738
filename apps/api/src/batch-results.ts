import type { components } from '@orders/contract';
import { type Database, type PlacementTogether, type Placer, placeAllOrNone } from '@orders/db';
import { orderExists } from './orders.ts';
import { type Problem, problems } from './problems.ts';
import type { Row } from './rows.ts';

type Schemas = components['schemas'];
export type Result = Schemas['BatchRow'];
type Summary = Schemas['BatchSummary'];

/**
 * Places every row that can be placed, in their order.
 *
 * @throws DatabaseUnavailable; some of them may have been placed
 */
export async function placeEach(placer: Placer, rows: readonly Row[]): Promise<Result[]> {
  const placements = await Promise.all(rows.map(({ order }) => order && placer.place(order)));
  return rows.map((row, i) => resultOf(row, placements[i] === 'placed' ? 'placed' : 'duplicate'));
}

/**
 * Places all rows, or none when one of them cannot be placed.
 *
 * @throws DatabaseUnavailable; none of them was placed
 */
export async function placeTogether(database: Database, rows: readonly Row[]): Promise<Result[]> {
  const orders = rows.flatMap(({ order }) => (order ? [order] : []));
  if (orders.length < rows.length) return rows.map((row) => resultOf(row, 'skipped'));
  const placements = await placeAllOrNone(database, orders);
  return rows.map((row, i) => resultOf(row, placements[i] as PlacementTogether));
}

const names = { placed: 'created', duplicate: 'duplicate', skipped: 'skipped' } as const;

function resultOf(row: Row, placement: PlacementTogether): Result {
  const { index } = row;
  if (row.problem) {
    return { index, order_id: row.orderId, status: 'rejected', error: errorOf(row.problem) };
  }
  const result = { index, order_id: row.order.orderId, status: names[placement] };
  return placement === 'duplicate' ? { ...result, error: errorOf(orderExists()) } : result;
}

function errorOf({ code, message, errors }: Problem): Schemas['RowProblem'] {
  return {
    type: `/problems/${code}` as Schemas['RowProblem']['type'],
    title: problems[code].title,
    detail: message,
    ...(errors && { errors }),
  };
}

/** Counts results as they come. */
export function countResults() {
  const summary: Summary = { created: 0, duplicates: 0, rejected: 0, skipped: 0 };
  return {
    summary,
    add(results: readonly Result[]): void {
      for (const { status } of results) summary[status === 'duplicate' ? 'duplicates' : status]++;
    },
  };
}

/** The status of an answer that comes when all results are known. */
export function statusOf({ created, duplicates, rejected, skipped }: Summary): 201 | 207 | 422 {
  if (created === 0) return 422;
  return duplicates + rejected + skipped === 0 ? 201 : 207;
}
