import { expect } from 'chai';
import { orderAnswer, type StoredOrder } from '../src/index.ts';

const placedAt = Date.UTC(2026, 0, 5, 9, 30, 0, 120);
const placed: StoredOrder = {
  orderId: '123',
  userId: 'user_1',
  itemIds: 'item_1,item_2',
  totalMinor: 3480,
  currency: 'USD',
  status: 'PENDING',
  attempts: 0,
  placedAt,
  startedAt: null,
  finishedAt: null,
  notBefore: null,
  cancelRequestedAt: null,
  lastError: null,
};

describe('the answer about an order', () => {
  it('shows a new order with its amount as it was sent and no times but that of its acceptance', () => {
    expect(orderAnswer(placed)).to.deep.equal({
      order_id: '123',
      status: 'Pending',
      user_id: 'user_1',
      item_ids: 'item_1,item_2',
      total_amount: 34.8,
      currency: 'USD',
      placed_at: '2026-01-05T09:30:00.120Z',
      started_at: null,
      completed_at: null,
      finished_at: null,
      attempts: 0,
      next_attempt_at: null,
      cancel_requested_at: null,
      last_error: null,
    });
  });

  it('shows when the next attempt of a failed one is due', () => {
    const answer = orderAnswer({ ...placed, attempts: 1, notBefore: placedAt + 1000 });
    expect(answer).to.include({ status: 'Pending', next_attempt_at: '2026-01-05T09:30:01.120Z' });
  });

  it('shows since when one is to be cancelled', () => {
    const asked = { ...placed, status: 'PROCESSING', cancelRequestedAt: placedAt + 1000 } as const;
    expect(orderAnswer(asked)).to.include({
      status: 'Processing',
      cancel_requested_at: '2026-01-05T09:30:01.120Z',
    });
  });

  it('shows when a completed one was done', () => {
    const done = { ...placed, startedAt: placedAt + 5, finishedAt: placedAt + 2005 };
    const at = '2026-01-05T09:30:02.125Z';
    const answer = orderAnswer({ ...done, status: 'COMPLETED' });
    expect(answer).to.include({ status: 'Completed', completed_at: at, finished_at: at });
  });

  for (const [status, shown] of [
    ['FAILED', 'Failed'],
    ['CANCELLED', 'Cancelled'],
  ] as const) {
    it(`shows when one ended as ${shown}, and that it was not completed`, () => {
      const answer = orderAnswer({ ...placed, status, finishedAt: placedAt + 1, lastError: 'no' });
      expect(answer).to.include({ status: shown, completed_at: null, last_error: 'no' });
      expect(answer.finished_at).to.equal('2026-01-05T09:30:00.121Z');
    });
  }
});
