import { expect } from 'chai';
import { afterEvents, type Order } from '../src/standing.ts';
import { begin, event } from './events.ts';

const placedAt = new Date(begin).toISOString();
const order = (order_id: string): Order => ({
  ...{ order_id, status: 'Pending', user_id: 'user_1', item_ids: 'x', total_amount: 1 },
  ...{ currency: 'USD', placed_at: placedAt, started_at: null, completed_at: null },
  ...{ finished_at: null, attempts: 0, next_attempt_at: null, cancel_requested_at: null },
  last_error: null,
});

describe('the rows of the table', () => {
  const rows = [order('a'), order('b')];

  it('stand as the latest of their events says', () => {
    const [a, b] = afterEvents(rows, [
      event('started', 1, { status: 'Processing' }),
      event('failed', 2, { status: 'Failed', detail: 'no luck' }),
      event('started', 3, { status: 'Processing', order_id: 'c' }),
    ]);
    expect(a).to.include({ status: 'Failed', attempts: 1, last_error: 'no luck' });
    expect(a?.finished_at).to.equal('2026-01-05T09:30:02.000Z');
    expect(b).to.equal(rows[1]);
  });

  it('are left as they are by events of other orders, and by those they were read after', () => {
    expect(afterEvents(rows, [event('placed', 9, { order_id: 'c' })])).to.equal(rows);
    const done = afterEvents(rows, [event('completed', 5, { status: 'Completed' })]);
    expect(afterEvents(done, [event('started', 4, { status: 'Processing' })])).to.equal(done);
  });

  it('begin anew with a retry', () => {
    const failed = afterEvents(rows, [event('failed', 1, { status: 'Failed' })]);
    const [a] = afterEvents(failed, [event('retried', 2, { status: 'Pending' })]);
    expect(a).to.include({ status: 'Pending', finished_at: null, attempts: 0 });
  });

  it('count no attempt that was handed back or interrupted', () => {
    const [a] = afterEvents(rows, [
      event('started', 1, { status: 'Processing' }),
      event('attempt_failed', 2),
      event('started', 3, { status: 'Processing' }),
      event('interrupted', 4),
      event('started', 5, { status: 'Processing' }),
      event('released', 6),
    ]);
    expect(a).to.include({ status: 'Pending', attempts: 1 });
  });

  it('say of an order only what is still so', () => {
    const waits = { ...order('a'), next_attempt_at: placedAt };
    const [handedBack] = afterEvents(
      [waits],
      [event('started', 1, { status: 'Processing' }), event('released', 2)],
    );
    expect(handedBack).to.include({ next_attempt_at: null });
    const [asked] = afterEvents(rows, [
      event('started', 1, { status: 'Processing' }),
      event('cancel_requested', 2, { status: 'Processing' }),
    ]);
    expect(asked?.cancel_requested_at).to.equal('2026-01-05T09:30:02.000Z');
    const [again] = afterEvents(asked ? [asked] : [], [
      event('cancelled', 3, { status: 'Cancelled' }),
      event('retried', 4),
    ]);
    expect(again).to.include({ status: 'Pending', cancel_requested_at: null });
  });
});
